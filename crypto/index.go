package crypto

import (
	"bytes"
	"crypto/sha256"
)

// NodeGetter returns the stored bytes of the node with the key, or nil and no
// error where there is none. It must not keep key; what it returns must not
// change afterwards.
type NodeGetter func(key []byte) ([]byte, error)

// EmptyTree is the index of a vault without names: a stored leaf of no entries.
// A missing root never means empty.
func EmptyTree() (root Digest, n Node) {
	body := []byte{bodyLeaf, 0, 0}
	return nodeHash(0, &[32]byte{}, body), Node{Key: NodeKey(0, [32]byte{}), Body: body}
}

// Lookup finds the entry of a name under root, or proves that there is none. It
// reads a node for each level, five at a million names, and checks each against
// the hash that its parent lists. Damage is a *NodeError; a name that cannot be
// one is an error wrapping ErrMalformed; an error of get is wrapped.
func Lookup(root Digest, get NodeGetter, name string) (e Entry, ok bool, err error) {
	if err := CheckKey(name); err != nil {
		return Entry{}, false, err
	}
	hash := sha256.Sum256([]byte(name))
	r := reader{get: get}
	for depth, want := 0, root; ; depth++ {
		_, body, err := r.read(depth, &hash, want)
		if err != nil {
			return Entry{}, false, err
		}
		if !isInner(body) {
			e, ok, err := findEntry(depth, body, name)
			if err != nil {
				return Entry{}, false, r.damage(err)
			}
			return e, ok, nil
		}
		n, err := readInner(depth, body)
		if err != nil {
			return Entry{}, false, r.damage(err)
		}
		if want, ok = n.child(nibble(&hash, depth)); !ok {
			return Entry{}, false, nil
		}
	}
}

// findEntry reads a leaf to its end. Whether the other names belong there does
// not matter to this one; Walk and Change look at that.
func findEntry(depth int, body []byte, name string) (found Entry, ok bool, err error) {
	l, err := readLeaf(depth, body)
	if err != nil {
		return Entry{}, false, err
	}
	for {
		raw, err := l.next()
		if err != nil {
			return Entry{}, false, err
		}
		if raw == nil {
			return found, ok, nil
		}
		if string(raw.name()) == name {
			found, ok = raw.decode(), true
		}
	}
}

// item is an entry on its way into a leaf.
type item struct {
	hash [32]byte // of the name
	raw  rawEntry
}

// byHash orders items as they lie in the tree.
func byHash(a, b item) int {
	if c := bytes.Compare(a.hash[:], b.hash[:]); c != 0 {
		return c
	}
	return byName(a, b)
}

// byName orders items as they lie in a leaf.
func byName(a, b item) int { return bytes.Compare(a.raw.name(), b.raw.name()) }

// appendItems reads a leaf in the order of names, and checks that each of them
// belongs there.
func appendItems(items []item, depth int, prefix *[32]byte, body []byte) ([]item, error) {
	l, err := readLeaf(depth, body)
	if err != nil {
		return nil, err
	}
	for {
		raw, err := l.next()
		if err != nil {
			return nil, err
		}
		if raw == nil {
			return items, nil
		}
		it := item{sha256.Sum256(raw.name()), raw}
		if !hasPrefix(&it.hash, prefix, depth) {
			return nil, errMisplaced
		}
		items = append(items, it)
	}
}
