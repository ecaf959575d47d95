package crypto

import (
	"fmt"
	"slices"
)

// WalkOption changes what [Walk] does.
type WalkOption func(*walker)

// OnDamage has Walk report each damaged node to fn instead of ending there.
// Where fn returns nil, Walk goes on with the nodes beside and leaves out what
// lies below; another error ends Walk and is returned.
func OnDamage(fn func(*NodeError) error) WalkOption {
	return func(w *walker) { w.onDamage = fn }
}

// Walk calls fn for every entry under root, in the order of the SHA-256 of the
// names. It checks every node against its parent's list, every entry, and that
// the tree has the one shape that its entries give it. Damage is a *NodeError,
// reported as it is found; an error of get is wrapped, one of fn returned as it is.
func Walk(root Digest, get NodeGetter, fn func(Entry) error, options ...WalkOption) error {
	w := walker{reader: reader{get: get}, entry: fn}
	for _, o := range options {
		o(&w)
	}
	_, err := w.visit(0, [32]byte{}, root)
	return err
}

// WalkNodes calls fn for every node under root, parents first: its key, the
// bytes stored there, and the body in them that root reaches. All three are
// fn's to keep. Errors are those of Walk.
func WalkNodes(root Digest, get NodeGetter, fn func(key, stored, body []byte) error, options ...WalkOption) error {
	w := walker{reader: reader{get: get}, node: fn}
	for _, o := range options {
		o(&w)
	}
	_, err := w.visit(0, [32]byte{}, root)
	return err
}

// walker visits a tree.
type walker struct {
	reader
	entry    func(Entry) error                    // may be nil
	node     func(key, stored, body []byte) error // may be nil
	onDamage func(*NodeError) error               // nil: damage ends the walk
	items    []item                               // scratch
}

// unknown is the number of names below a damaged node.
const unknown = -1

// visit walks the node at depth with the prefix and the hash want, and returns
// the number of names below it, or unknown.
func (w *walker) visit(depth int, prefix [32]byte, want Digest) (names int, err error) {
	stored, body, err := w.read(depth, &prefix, want)
	if damage, ok := asDamage(err); ok {
		return unknown, w.damaged(damage)
	}
	if err != nil {
		return unknown, err
	}
	if isInner(body) {
		return w.visitInner(depth, prefix, stored, body)
	}
	return w.visitLeaf(depth, prefix, stored, body)
}

func (w *walker) visitInner(depth int, prefix [32]byte, stored, body []byte) (names int, err error) {
	n, err := readInner(depth, body)
	if err != nil {
		return unknown, w.damaged(w.damage(err))
	}
	if err := w.found(stored, body); err != nil {
		return unknown, err
	}
	for i := range byte(16) {
		hash, ok := n.child(i)
		if !ok {
			continue
		}
		below, err := w.visit(depth+1, withNibble(prefix, depth, i), hash)
		if err != nil {
			return unknown, err
		}
		if below == unknown || names == unknown {
			names = unknown
		} else {
			names += below
		}
	}
	if names != unknown && names <= leafNames {
		err := fmt.Errorf("%w: an inner node over %d names", ErrMalformed, names)
		return unknown, w.damaged(&NodeError{Key: NodeKey(depth, prefix), Depth: depth, Err: err})
	}
	return names, nil
}

func (w *walker) visitLeaf(depth int, prefix [32]byte, stored, body []byte) (names int, err error) {
	items, err := appendItems(w.items[:0], depth, &prefix, body)
	if err != nil {
		return unknown, w.damaged(w.damage(err))
	}
	w.items = items
	if err := w.found(stored, body); err != nil || w.entry == nil {
		return len(items), err
	}
	slices.SortFunc(items, byHash)
	for _, it := range items {
		if err := w.entry(it.raw.decode()); err != nil {
			return unknown, err
		}
	}
	return len(items), nil
}

// found reports the node read last.
func (w *walker) found(stored, body []byte) error {
	if w.node == nil {
		return nil
	}
	return w.node(slices.Clone(w.key), stored, body)
}

func (w *walker) damaged(e *NodeError) error {
	if w.onDamage == nil {
		return e
	}
	return w.onDamage(e)
}
