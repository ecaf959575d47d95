package crypto

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
)

var errMisplaced = fmt.Errorf("%w: a name in a leaf where it does not belong", ErrMalformed)

// Change puts entries into the tree under root, each instead of the one of the
// same name if there is one, and returns the new root and every node that is
// then another one, once each, in the order of their keys. The work is in
// proportion to the nodes touched. Nothing is stored; the order of entries does
// not matter.
//
// An entry that is not valid, or a name given twice, is an error wrapping
// ErrMalformed. Damage is a *NodeError; an error of get is wrapped.
func Change(root Digest, get NodeGetter, entries []Entry) (newRoot Digest, nodes []Node, err error) {
	if len(entries) == 0 {
		return root, nil, nil
	}
	items, err := sortedItems(entries)
	if err != nil {
		return Digest{}, nil, err
	}
	c := change{reader: reader{get: get}}
	newRoot, err = c.apply(0, items, root)
	if err != nil {
		return Digest{}, nil, err
	}
	slices.SortFunc(c.nodes, func(a, b Node) int { return bytes.Compare(a.Key, b.Key) })
	return newRoot, c.nodes, nil
}

// sortedItems checks and encodes the entries, in the order of their hashes.
func sortedItems(entries []Entry) ([]item, error) {
	size := 0
	for i := range entries {
		if err := entries[i].check(); err != nil {
			return nil, err
		}
		size += entryFixed + len(entries[i].Name)
	}
	items, buf := make([]item, len(entries)), make([]byte, 0, size)
	for i, e := range entries {
		from := len(buf)
		buf = e.append(buf)
		items[i] = item{sha256.Sum256([]byte(e.Name)), rawEntry(buf[from:])}
	}
	slices.SortFunc(items, byHash)
	for i := 1; i < len(items); i++ {
		if byHash(items[i-1], items[i]) == 0 {
			return nil, fmt.Errorf("%w: two entries of %s", ErrMalformed, items[i].raw.name())
		}
	}
	return items, nil
}

// change is a change under way.
type change struct {
	reader
	nodes []Node

	// Scratch of applyLeaf, in the order of names: what the leaf held, what is
	// put into it, and what it will hold.
	held, put, merged []item
}

// apply puts items, of which there is at least one, into the node at depth that
// has the hash want, and returns its new hash.
func (c *change) apply(depth int, items []item, want Digest) (Digest, error) {
	_, old, err := c.read(depth, &items[0].hash, want)
	if err != nil {
		return Digest{}, err
	}
	var body []byte
	if isInner(old) {
		body, err = c.applyInner(depth, items, old)
	} else {
		body, err = c.applyLeaf(depth, items, old)
	}
	if err != nil {
		return Digest{}, err
	}
	if bytes.Equal(body, old) {
		return want, nil
	}
	return c.emit(depth, &items[0].hash, body, old), nil
}

func (c *change) applyInner(depth int, items []item, old []byte) ([]byte, error) {
	n, err := readInner(depth, old)
	if err != nil {
		return nil, c.damage(err)
	}
	bitmap := n.bitmap()
	var children [16]Digest
	for i := range children {
		children[i], _ = n.child(byte(i))
	}
	for i, group := range byNibble(items, depth) {
		if bitmap&(1<<i) == 0 {
			bitmap |= 1 << i
			children[i] = c.build(depth+1, group)
			continue
		}
		if children[i], err = c.apply(depth+1, group, children[i]); err != nil {
			return nil, err
		}
	}
	return appendInner(make([]byte, 0, bodyHead+16*sha256.Size), bitmap, &children), nil
}

// applyLeaf keeps to the order of names as long as the leaf remains one: that
// is the order in which it is stored.
func (c *change) applyLeaf(depth int, items []item, old []byte) ([]byte, error) {
	var err error
	if c.held, err = appendItems(c.held[:0], depth, &items[0].hash, old); err != nil {
		return nil, c.damage(err)
	}
	c.put = append(c.put[:0], items...)
	slices.SortFunc(c.put, byName)
	c.merged = merge(c.merged[:0], c.held, c.put)
	if isLeaf(depth, c.merged) {
		return leafBody(c.merged), nil
	}
	slices.SortFunc(c.merged, byHash)
	return c.body(depth, c.merged), nil
}

// merge appends both lists, each in the order of names, to dst. Of two items of
// one name it takes the one in b.
func merge(dst, a, b []item) []item {
	for len(a) > 0 && len(b) > 0 {
		switch order := byName(a[0], b[0]); {
		case order < 0:
			dst, a = append(dst, a[0]), a[1:]
		case order > 0:
			dst, b = append(dst, b[0]), b[1:]
		default:
			dst, a, b = append(dst, b[0]), a[1:], b[1:]
		}
	}
	return append(append(dst, a...), b...)
}

// isLeaf tells whether a node at depth that holds items is a leaf.
func isLeaf(depth int, items []item) bool { return len(items) <= leafNames || depth == maxDepth }

// build makes a node where there was none.
func (c *change) build(depth int, items []item) Digest {
	return c.emit(depth, &items[0].hash, c.body(depth, items), nil)
}

// body makes the body of a node that holds items, which are in the order of
// their hashes, and makes the nodes below it.
func (c *change) body(depth int, items []item) []byte {
	if isLeaf(depth, items) {
		return leafBody(slices.SortedFunc(slices.Values(items), byName))
	}
	var bitmap uint16
	var children [16]Digest
	for i, group := range byNibble(items, depth) {
		bitmap |= 1 << i
		children[i] = c.build(depth+1, group)
	}
	return appendInner(nil, bitmap, &children)
}

// leafBody makes the body of a leaf of items in the order of their names.
func leafBody(items []item) []byte {
	size := bodyHead
	for _, it := range items {
		size += len(it.raw)
	}
	b := append(make([]byte, 0, size), bodyLeaf)
	b = binary.BigEndian.AppendUint16(b, uint16(len(items)))
	for _, it := range items {
		b = append(b, it.raw...)
	}
	return b
}

// byNibble yields the runs of items that have the same nibble after depth.
func byNibble(items []item, depth int) iter.Seq2[byte, []item] {
	return func(yield func(byte, []item) bool) {
		for len(items) > 0 {
			i, n := nibble(&items[0].hash, depth), 1
			for n < len(items) && nibble(&items[n].hash, depth) == i {
				n++
			}
			if !yield(i, items[:n]) {
				return
			}
			items = items[n:]
		}
	}
}

// emit adds a node to what Change returns.
func (c *change) emit(depth int, hash *[32]byte, body, old []byte) Digest {
	c.nodes = append(c.nodes, Node{Key: NodeKey(depth, *hash), Body: body, Old: old})
	return nodeHash(depth, hash, body)
}
