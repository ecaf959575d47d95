package crypto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Node is a node of the index as [Change] leaves it.
type Node struct {
	Key  []byte // in the database
	Body []byte // what the new root reaches
	Old  []byte // what the old root reached under this key; nil if nothing
}

// Single is the stored form that only the new root reads.
func (n Node) Single() []byte {
	b := make([]byte, 0, 1+len(n.Body))
	return append(append(b, storedSingle), n.Body...)
}

// Dual is the stored form that both the old and the new root read: for the time
// of a batch that takes more than one transaction.
func (n Node) Dual() []byte {
	b := make([]byte, 0, 5+len(n.Body)+len(n.Old))
	b = append(b, storedDual)
	b = binary.BigEndian.AppendUint32(b, uint32(len(n.Body)))
	return append(append(b, n.Body...), n.Old...)
}

// NodeError is damage in the index: which node, and what is wrong with it.
type NodeError struct {
	Key   []byte // of the node, in the database
	Depth int    // 0 for the root
	Err   error  // wraps ErrMissing, ErrForged or ErrMalformed
}

func (e *NodeError) Error() string {
	if e.Depth == 0 {
		return "root of the index: " + e.Err.Error()
	}
	return fmt.Sprintf("node %x of the index: %v", e.Key[1:], e.Err)
}

func (e *NodeError) Unwrap() error { return e.Err }

var (
	errNodeMissing = fmt.Errorf("%w: listed, but not stored", ErrMissing)
	errNodeForged  = fmt.Errorf("%w: its hash is not the one that is listed", ErrForged)
	errNodeForm    = fmt.Errorf("%w: stored form of an index node", ErrMalformed)
)

// splitStored takes a stored node apart. old is nil where there is none.
func splitStored(stored []byte) (body, old []byte, err error) {
	switch {
	case len(stored) > 1 && stored[0] == storedSingle:
		return stored[1:], nil, nil
	case len(stored) > 5 && stored[0] == storedDual:
		n, rest := binary.BigEndian.Uint32(stored[1:]), stored[5:]
		if n == 0 || uint64(n) > uint64(len(rest)) {
			return nil, nil, errNodeForm
		}
		if old = rest[n:]; len(old) == 0 {
			old = nil
		}
		return rest[:n:n], old, nil
	}
	return nil, nil, errNodeForm
}

// reader reads nodes and believes none that its parent does not vouch for.
type reader struct {
	get NodeGetter
	key []byte // of the node read last
}

// read returns the stored bytes of the node at depth on the way to hash, and
// the body in them that has the hash want. Damage is a *NodeError.
func (r *reader) read(depth int, hash *[32]byte, want Digest) (stored, body []byte, err error) {
	if r.key == nil {
		r.key = make([]byte, 0, 2+maxDepth/2)
	}
	r.key = appendNodeKey(r.key[:0], depth, hash)
	stored, err = r.get(r.key)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the index: %w", err)
	}
	if stored == nil {
		return nil, nil, r.damage(errNodeMissing)
	}
	body, old, err := splitStored(stored)
	if err != nil {
		return nil, nil, r.damage(err)
	}
	switch {
	case nodeHash(depth, hash, body) == want:
		return stored, body, nil
	case old != nil && nodeHash(depth, hash, old) == want:
		return stored, old, nil
	}
	return nil, nil, r.damage(errNodeForged)
}

// damage says what is wrong with the node read last.
func (r *reader) damage(err error) *NodeError {
	key := append([]byte(nil), r.key...)
	return &NodeError{Key: key, Depth: int(key[1]), Err: err}
}

// asDamage finds the damage that err is, if it is.
func asDamage(err error) (*NodeError, bool) {
	var damage *NodeError
	ok := errors.As(err, &damage)
	return damage, ok
}

// NodeBelow tells whether the node with the key lies below the one with the key
// top, going by the keys alone. A key that is no node's lies nowhere.
func NodeBelow(key, top []byte) bool {
	if len(key) < 2 || len(top) < 2 || int(key[1]) > maxDepth || key[1] <= top[1] || len(key) != 2+(int(key[1])+1)/2 {
		return false
	}
	depth, prefix, upper := int(top[1]), key[2:], top[2:]
	if len(upper) != (depth+1)/2 || !bytes.Equal(prefix[:depth/2], upper[:depth/2]) {
		return false
	}
	return depth%2 == 0 || prefix[depth/2]&0xf0 == upper[depth/2]&0xf0
}
