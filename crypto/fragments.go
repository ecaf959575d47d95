package crypto

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// Fragments are nodes of an index that were found without the tree around
// them, or made anew. Where a path of them leads from a root to an entry, they
// prove it as the tree would have. Not safe for concurrent use.
type Fragments struct {
	most  int // bytes
	size  int
	nodes map[Digest]fragment // by hash: place and body are proven by it
	loose [][]byte            // bodies of inner nodes whose place is not known
	seen  map[Digest]bool     // SHA-256 of the loose ones
}

// fragment is a node whose place is known.
type fragment struct {
	depth  int
	prefix [32]byte
	body   []byte
}

// maxCarvedDepth is how deep a leaf is looked for: 16 to the power of it names.
const maxCarvedDepth = 12

// fragmentCost is what a fragment takes besides its body, in bytes.
const fragmentCost = 150

// NewFragments returns none yet. They will keep at most that many bytes: what
// is found beyond is left out, and Full says so.
func NewFragments(most int) *Fragments {
	return &Fragments{most: most, nodes: map[Digest]fragment{}, seen: map[Digest]bool{}}
}

// Full tells whether some were left out.
func (f *Fragments) Full() bool { return f.size >= f.most }

// Carve looks for nodes that begin in the first n bytes of b.
func (f *Fragments) Carve(b []byte, n int) {
	each(b, n, "\x01\x00", func(b []byte) { f.leafOrDual(b) })
	each(b, n, "\x00\x02", func(b []byte) { f.addLoose(b[1:]) })
}

// each calls fn for every place in the first n bytes of b where magic begins.
func each(b []byte, n int, magic string, fn func([]byte)) {
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], []byte(magic))
		if at += i; i < 0 || at >= n {
			return
		}
		fn(b[at:])
	}
}

// leafOrDual takes what begins like a leaf, and like two nodes in dual form.
func (f *Fragments) leafOrDual(b []byte) {
	if body, ok := leafAt(b); ok {
		f.addLeaf(body)
	}
	if len(b) < 5 || b[2] != 0 {
		return
	}
	size := int(binary.BigEndian.Uint16(b[3:]))
	rest := b[5:]
	if size == 0 || size > len(rest) {
		return
	}
	if body, ok := innerAt(rest); ok && len(body) == size {
		f.addLoose(rest)
	} else if body, ok := leafAt(rest); !ok || len(body) != size {
		return
	}
	f.addLoose(rest[size:]) // a leaf there is found as one
}

// leafAt is the body of the leaf that b begins with.
func leafAt(b []byte) (body []byte, ok bool) {
	if len(b) < bodyHead || b[0] != bodyLeaf || b[1] != 0 || b[2] < 1 || b[2] > leafNames {
		return nil, false
	}
	l := leaf{rest: b[bodyHead:], left: int(b[2])}
	for l.left > 0 {
		if _, err := l.next(); err != nil {
			return nil, false
		}
	}
	n := len(b) - len(l.rest)
	return b[:n:n], true
}

// innerAt is the body of the inner node that b begins with.
func innerAt(b []byte) (body []byte, ok bool) {
	if len(b) < bodyHead || b[0] != bodyInner {
		return nil, false
	}
	n := bodyHead + bits.OnesCount16(inner(b).bitmap())*sha256.Size
	if n == bodyHead || n > len(b) {
		return nil, false
	}
	return b[:n:n], true
}

// addLeaf keeps a leaf at every depth where its names can share it.
func (f *Fragments) addLeaf(body []byte) {
	items, err := appendItems(nil, 0, &[32]byte{}, body)
	if err != nil || len(items) == 0 {
		return
	}
	first := items[0].hash
	body = bytes.Clone(body)
	for depth := 0; depth <= maxCarvedDepth; depth++ {
		for i := range items {
			if !hasPrefix(&items[i].hash, &first, depth) {
				return
			}
		}
		f.add(depth, prefixOf(first, depth), body)
	}
}

// addLoose keeps an inner node that b begins with.
func (f *Fragments) addLoose(b []byte) {
	body, ok := innerAt(b)
	if !ok || f.Full() {
		return
	}
	if sum := Sum(body); !f.seen[sum] {
		f.seen[sum] = true
		f.loose = append(f.loose, bytes.Clone(body))
		f.size += len(body) + fragmentCost
	}
}

// add keeps a node at its place.
func (f *Fragments) add(depth int, prefix [32]byte, body []byte) {
	hash := nodeHash(depth, &prefix, body)
	if _, known := f.nodes[hash]; known || f.Full() {
		return
	}
	f.nodes[hash] = fragment{depth, prefix, body}
	f.size += len(body) + fragmentCost
}

// prefixOf is the first depth nibbles of a hash, zero behind.
func prefixOf(hash [32]byte, depth int) (prefix [32]byte) {
	appendPrefix(prefix[:0], depth, &hash)
	return prefix
}

// Rebuild adds the nodes of the tree over the entries: each that is the
// same as in the tree that was fits into it.
func (f *Fragments) Rebuild(entries []Entry) error {
	root, empty := EmptyTree()
	get := func([]byte) ([]byte, error) { return empty.Single(), nil }
	_, nodes, err := Change(root, get, entries)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		var prefix [32]byte
		copy(prefix[:], n.Key[2:])
		f.add(int(n.Key[1]), prefix, n.Body)
	}
	return nil
}

// place finds out where loose nodes belong, from the leaves up: a node that
// lists one whose place is known is the one above it.
func (f *Fragments) place() {
	for placed := true; placed; {
		placed = false
		rest := f.loose[:0]
		for _, body := range f.loose {
			if f.placeOne(body) {
				placed = true
			} else {
				rest = append(rest, body)
			}
		}
		f.loose = rest
	}
}

func (f *Fragments) placeOne(body []byte) bool {
	for i := range byte(16) {
		hash, ok := inner(body).child(i)
		if !ok {
			continue
		}
		child, ok := f.nodes[hash]
		if !ok || child.depth == 0 || nibble(&child.prefix, child.depth-1) != i {
			continue
		}
		depth := child.depth - 1
		prefix := prefixOf(child.prefix, depth)
		f.nodes[nodeHash(depth, &prefix, body)] = fragment{depth, prefix, body}
		return true
	}
	return false
}

// Walk calls fn for every entry that is proven under root, and returns how many
// nodes are missing on the way: what is below them is not known. An error of fn
// ends it.
func (f *Fragments) Walk(root Digest, fn func(Entry) error) (missing int, err error) {
	if empty, _ := EmptyTree(); root == empty {
		return 0, nil
	}
	f.place()
	return f.walk(root, fn)
}

func (f *Fragments) walk(hash Digest, fn func(Entry) error) (missing int, err error) {
	n, ok := f.nodes[hash]
	if !ok {
		return 1, nil
	}
	if isInner(n.body) {
		for i := range byte(16) {
			child, ok := inner(n.body).child(i)
			if !ok {
				continue
			}
			below, err := f.walk(child, fn)
			if missing += below; err != nil {
				return missing, err
			}
		}
		return missing, nil
	}
	items, err := appendItems(nil, n.depth, &n.prefix, n.body)
	if err != nil {
		return 1, nil
	}
	for _, it := range items {
		if err := fn(it.raw.decode()); err != nil {
			return missing, err
		}
	}
	return missing, nil
}

// Leaves calls fn for every entry of every leaf, whether or not a root proves
// it: hints, of any age, that anybody can have written. An entry may come more
// than once.
func (f *Fragments) Leaves(fn func(Entry)) {
	for _, n := range f.nodes {
		if isInner(n.body) {
			continue
		}
		items, err := appendItems(nil, n.depth, &n.prefix, n.body)
		if err != nil {
			continue
		}
		for _, it := range items {
			fn(it.raw.decode())
		}
	}
}
