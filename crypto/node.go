package crypto

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// The index is a Merkle tree over all names, by the nibbles of SHA-256(name). A
// node is an inner node where more than leafNames names share its prefix, else
// a leaf; so one set of entries has one tree and one root.
const (
	leafNames = 32 // entries of a leaf: about a memory page of names
	maxDepth  = 64 // nibbles of a SHA-256

	bodyLeaf  = 1
	bodyInner = 2

	storedSingle = 0
	storedDual   = 1

	bodyHead   = 3                      // type and count, or type and bitmap
	entryFixed = 1 + 8 + 8 + 1 + 8 + 32 // an entry without its name
	maxBody    = bodyHead + leafNames*(entryFixed+MaxName)
)

// Entry is what the index says about a name. Every version from Oldest to
// Version has exactly one record.
type Entry struct {
	Name    string
	Version uint64 // the current one
	Seq     uint64 // the commit that wrote its record
	Oldest  uint64 // the oldest version kept, at most Version
	Kind    Kind
	Sum     Digest // SHA-256 of the record of the current version
}

// check tells whether the entry may stand in a leaf.
func (e Entry) check() error {
	if err := CheckKey(e.Name); err != nil {
		return err
	}
	if !inRange(e.Version) || !inRange(e.Seq) || !inRange(e.Oldest) || e.Oldest > e.Version || !e.Kind.Valid() {
		return fmt.Errorf("%w: entry of %s: version %d, seq %d, oldest %d, %s",
			ErrMalformed, e.Name, e.Version, e.Seq, e.Oldest, e.Kind)
	}
	return nil
}

func inRange(n uint64) bool { return 1 <= n && n <= MaxCount }

// append adds the entry's bytes to b.
func (e Entry) append(b []byte) []byte {
	b = append(b, byte(len(e.Name)))
	b = append(b, e.Name...)
	b = binary.BigEndian.AppendUint64(b, e.Version)
	b = binary.BigEndian.AppendUint64(b, e.Seq)
	b = append(b, byte(e.Kind))
	b = binary.BigEndian.AppendUint64(b, e.Oldest)
	return append(b, e.Sum[:]...)
}

// MaxEntry is the size of the largest entry as Marshal writes it, in bytes.
const MaxEntry = entryFixed + MaxName

// Marshal returns the entry as it stands in a leaf. The error wraps
// ErrMalformed for one that may not stand there.
func (e Entry) Marshal() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return e.append(make([]byte, 0, entryFixed+len(e.Name))), nil
}

// ParseEntry is the inverse of Entry.Marshal. The error wraps ErrMalformed.
func ParseEntry(b []byte) (Entry, error) {
	if len(b) == 0 || len(b) != entryFixed+int(b[0]) || !rawEntry(b).valid() {
		return Entry{}, fmt.Errorf("%w: entry of the index", ErrMalformed)
	}
	return rawEntry(b).decode(), nil
}

// rawEntry is the bytes of one entry, at least as long as its name demands.
type rawEntry []byte

func (r rawEntry) name() []byte { return r[1 : 1+int(r[0])] }

func (r rawEntry) decode() Entry {
	n := 1 + int(r[0])
	return Entry{
		Name:    string(r[1:n]),
		Version: binary.BigEndian.Uint64(r[n:]),
		Seq:     binary.BigEndian.Uint64(r[n+8:]),
		Kind:    Kind(r[n+16]),
		Oldest:  binary.BigEndian.Uint64(r[n+17:]),
		Sum:     Digest(r[n+25:]),
	}
}

// valid is Entry.check on the bytes: a lookup passes many entries and decodes one.
func (r rawEntry) valid() bool {
	n := 1 + int(r[0])
	version, oldest := binary.BigEndian.Uint64(r[n:]), binary.BigEndian.Uint64(r[n+17:])
	return isKey(r[1:n]) && inRange(version) && inRange(binary.BigEndian.Uint64(r[n+8:])) &&
		inRange(oldest) && oldest <= version && Kind(r[n+16]).Valid()
}

// isKey is CheckKey on bytes.
func isKey(name []byte) bool {
	if len(name) > MaxName {
		return false
	}
	if len(name) > 0 && name[0] == '.' {
		name = name[1:]
	}
	for _, c := range name {
		if !isAlnum(c) && c != '_' && c != '-' {
			return false
		}
	}
	return len(name) > 0
}

// leaf reads the entries of a leaf's body one after the other.
type leaf struct {
	rest []byte
	left int
	last []byte // the name before
}

// readLeaf begins reading. It checks the count, next the rest.
func readLeaf(depth int, body []byte) (leaf, error) {
	if len(body) < bodyHead || body[0] != bodyLeaf {
		return leaf{}, fmt.Errorf("%w: no leaf", ErrMalformed)
	}
	n := int(binary.BigEndian.Uint16(body[1:]))
	if n > leafNames && depth < maxDepth || n == 0 && depth > 0 {
		return leaf{}, fmt.Errorf("%w: leaf of %d entries at depth %d", ErrMalformed, n, depth)
	}
	return leaf{rest: body[bodyHead:], left: n}, nil
}

// next returns the next entry, nil after the last. An entry that is cut short,
// not valid or not above the one before is an error, and so are bytes left over.
func (l *leaf) next() (rawEntry, error) {
	if l.left == 0 {
		if len(l.rest) != 0 {
			return nil, fmt.Errorf("%w: %d bytes after a leaf", ErrMalformed, len(l.rest))
		}
		return nil, nil
	}
	if len(l.rest) == 0 || len(l.rest) < entryFixed+int(l.rest[0]) {
		return nil, fmt.Errorf("%w: leaf cut short", ErrMalformed)
	}
	n := entryFixed + int(l.rest[0])
	e := rawEntry(l.rest[:n:n])
	l.rest, l.left = l.rest[n:], l.left-1
	if !e.valid() {
		return nil, fmt.Errorf("%w: entry of a leaf", ErrMalformed)
	}
	if l.last != nil && bytes.Compare(l.last, e.name()) >= 0 {
		return nil, fmt.Errorf("%w: names of a leaf are not sorted and unique", ErrMalformed)
	}
	l.last = e.name()
	return e, nil
}

// inner is the body of an inner node that readInner has passed.
type inner []byte

func readInner(depth int, body []byte) (inner, error) {
	if len(body) < bodyHead || body[0] != bodyInner || depth >= maxDepth {
		return nil, fmt.Errorf("%w: no inner node", ErrMalformed)
	}
	if b := inner(body).bitmap(); b == 0 || len(body) != bodyHead+bits.OnesCount16(b)*sha256.Size {
		return nil, fmt.Errorf("%w: inner node of %d bytes", ErrMalformed, len(body))
	}
	return inner(body), nil
}

func (n inner) bitmap() uint16 { return binary.BigEndian.Uint16(n[1:]) }

// child returns the hash of the child with next nibble i, if there is one.
func (n inner) child(i byte) (Digest, bool) {
	if n.bitmap()&(1<<i) == 0 {
		return Digest{}, false
	}
	at := bits.OnesCount16(n.bitmap() & (1<<i - 1))
	return Digest(n[bodyHead+at*sha256.Size:]), true
}

// appendInner makes the body of an inner node.
func appendInner(b []byte, bitmap uint16, children *[16]Digest) []byte {
	b = append(b, bodyInner)
	b = binary.BigEndian.AppendUint16(b, bitmap)
	for i := range children {
		if bitmap&(1<<i) != 0 {
			b = append(b, children[i][:]...)
		}
	}
	return b
}

// isInner tells what a body claims to be.
func isInner(body []byte) bool { return len(body) > 0 && body[0] == bodyInner }

// NodeKey is the database key of the node at depth (0 to 64) on the way to a
// name whose SHA-256 is hash.
func NodeKey(depth int, hash [32]byte) []byte {
	return appendNodeKey(make([]byte, 0, 2+(depth+1)/2), depth, &hash)
}

func appendNodeKey(b []byte, depth int, hash *[32]byte) []byte {
	return appendPrefix(append(b, 'i', byte(depth)), depth, hash)
}

// appendPrefix packs depth nibbles, high nibble first, the last padded with zero bits.
func appendPrefix(b []byte, depth int, hash *[32]byte) []byte {
	b = append(b, hash[:depth/2]...)
	if depth%2 == 1 {
		b = append(b, hash[depth/2]&0xf0)
	}
	return b
}

// nibble is the nibble of hash that leads from depth to depth + 1.
func nibble(hash *[32]byte, depth int) byte {
	if depth%2 == 0 {
		return hash[depth/2] >> 4
	}
	return hash[depth/2] & 0x0f
}

// withNibble is the prefix of depth nibbles in hash and i after them.
func withNibble(hash [32]byte, depth int, i byte) [32]byte {
	if depth%2 == 0 {
		hash[depth/2] = i << 4
	} else {
		hash[depth/2] = hash[depth/2]&0xf0 | i
	}
	return hash
}

// hasPrefix tells whether hash and prefix agree in the first depth nibbles.
func hasPrefix(hash, prefix *[32]byte, depth int) bool {
	return bytes.Equal(hash[:depth/2], prefix[:depth/2]) &&
		(depth%2 == 0 || hash[depth/2]&0xf0 == prefix[depth/2]&0xf0)
}

// nodeHash is H("tacit/1/leaf" or "tacit/1/inner", depth, prefix, body), put
// together on the stack: it is most of what a lookup costs.
func nodeHash(depth int, hash *[32]byte, body []byte) Digest {
	label := "tacit/1/leaf"
	if isInner(body) {
		label = "tacit/1/inner"
	}
	var buf [maxBody + 96]byte
	b := binary.BigEndian.AppendUint32(buf[:0], uint32(len(label)))
	b = append(b, label...)
	b = append(b, 0, 0, 0, 3, 0, 0, 0, 1, byte(depth))
	b = binary.BigEndian.AppendUint32(b, uint32((depth+1)/2))
	b = appendPrefix(b, depth, hash)
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	b = append(b, body...)
	return sha256.Sum256(b)
}
