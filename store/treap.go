package store

import (
	"bytes"
	"hash/maphash"
)

// treap is an ordered map that never changes: put and remove return another
// one that shares what is equal. A snapshot is therefore just a pointer.
type treap struct {
	key, value  []byte
	priority    uint64
	left, right *treap
}

// get returns the node of key, or nil.
func (t *treap) get(key []byte) *treap {
	for t != nil {
		switch c := bytes.Compare(key, t.key); {
		case c < 0:
			t = t.left
		case c > 0:
			t = t.right
		default:
			return t
		}
	}
	return nil
}

// put returns the map with key set to value. It keeps both slices.
func (t *treap) put(seed maphash.Seed, key, value []byte) *treap {
	below, above := t.split(key)
	_, above = above.split(append(bytes.Clone(key), 0)) // drops key itself
	n := &treap{key: key, value: value, priority: maphash.Bytes(seed, key)}
	return merge(merge(below, n), above)
}

// remove returns the map without key.
func (t *treap) remove(key []byte) *treap {
	below, above := t.split(key)
	_, above = above.split(append(bytes.Clone(key), 0))
	return merge(below, above)
}

// split returns the keys below key, and those from key on.
func (t *treap) split(key []byte) (below, above *treap) {
	if t == nil {
		return nil, nil
	}
	n := *t
	if bytes.Compare(t.key, key) < 0 {
		n.right, above = t.right.split(key)
		return &n, above
	}
	below, n.left = t.left.split(key)
	return below, &n
}

// merge joins two maps, every key of a below every key of b.
func merge(a, b *treap) *treap {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.priority >= b.priority:
		n := *a
		n.right = merge(a.right, b)
		return &n
	default:
		n := *b
		n.left = merge(a, b.left)
		return &n
	}
}

// ascend calls yield for the keys from `from` on, until it returns false.
func (t *treap) ascend(from []byte, yield func(key []byte) bool) bool {
	if t == nil {
		return true
	}
	if bytes.Compare(t.key, from) >= 0 {
		if !t.left.ascend(from, yield) || !yield(t.key) {
			return false
		}
	}
	return t.right.ascend(from, yield)
}
