package crypto

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const (
	headFields  = 16
	maxFeatures = 64 // of a list; a feature is up to 40 characters
)

// body is the head's encoding, without what it is chained and signed with.
func (h *Head) body() []byte {
	return encode("tacit/1/head",
		h.Vault[:], number(h.Format), []byte(h.Suite),
		encodeList("tacit/1/features", h.Incompatible), encodeList("tacit/1/features", h.Compatible),
		h.VaultFile[:], h.Pin[:], number(h.Seq), number(uint64(h.Time)), h.Root[:],
		number(h.Names), number(h.Gone), number(h.Records), number(uint64(h.NextSlot)),
		encodeSlots(h.Slots), encodeList("tacit/1/policy", policyList(h.Policy)))
}

// ParseHead reads a head as stored. It takes only bytes that Sign could have
// written, and authenticates nothing. The error wraps ErrMalformed, ErrLimit, or,
// for a format, an incompatible feature or a critical policy that this version
// does not know, ErrNewer.
func ParseHead(z []byte) (*SignedHead, error) {
	if len(z) > MaxHead {
		return nil, fmt.Errorf("%w: head of %d bytes, at most %d", ErrLimit, len(z), MaxHead)
	}
	f, err := decode("tacit/1/z", z, 7)
	if err != nil {
		return nil, err
	}
	if len(f) != 7 || string(f[3]) != "mac" || len(f[4]) != sha256.Size ||
		string(f[5]) != "sig" || len(f[6]) != ed25519.SignatureSize {
		return nil, fmt.Errorf("%w: authenticators of the head", ErrMalformed)
	}
	s := &SignedHead{mac: [sha256.Size]byte(f[4]), sig: [ed25519.SignatureSize]byte(f[6])}
	if err := s.Head.parseBody(f[0]); err != nil {
		return nil, err
	}
	if s.Prev, err = parsePoint(f[1]); err != nil {
		return nil, err
	}
	if s.Skip, err = parsePoint(f[2]); err != nil {
		return nil, err
	}
	if err := s.Head.check(); err != nil {
		return nil, err
	}
	// Whatever the parsers may have let pass: there is one spelling of a head.
	if !bytes.Equal(s.Head.body(), f[0]) {
		return nil, fmt.Errorf("%w: head is not in its canonical form", ErrMalformed)
	}
	s.digest = pointDigest(Sum(f[0]), s.Prev, s.Skip)
	return s, nil
}

// parseBody fills in what the body holds. The values are checked by check.
func (h *Head) parseBody(b []byte) error {
	f, err := decode("tacit/1/head", b, 2*headFields)
	if err != nil {
		return err
	}
	p := fields{rest: f}
	p.bytes(h.Vault[:])
	if p.number(&h.Format); p.err == nil && h.Format != Format {
		return fmt.Errorf("%w: format %d", ErrNewer, h.Format)
	}
	h.Suite = Suite(p.next())
	h.Incompatible = p.list("tacit/1/features", maxFeatures)
	h.Compatible = p.list("tacit/1/features", maxFeatures)
	p.bytes(h.VaultFile[:])
	p.bytes(h.Pin[:])
	p.number(&h.Seq)
	p.time(&h.Time)
	p.bytes(h.Root[:])
	p.number(&h.Names)
	p.number(&h.Gone)
	p.number(&h.Records)
	p.number32(&h.NextSlot)
	h.Slots = p.slots()
	h.Policy = p.policy()
	return p.end()
}

// fields reads the fields of an encoding one after the other. After the first
// error every further read does nothing.
type fields struct {
	rest [][]byte
	err  error
}

func (p *fields) next() []byte {
	if p.err == nil && len(p.rest) == 0 {
		p.err = fmt.Errorf("%w: too few fields", ErrMalformed)
	}
	if p.err != nil {
		return nil
	}
	f := p.rest[0]
	p.rest = p.rest[1:]
	return f
}

// end tells whether all went well and nothing is left.
func (p *fields) end() error {
	if p.err == nil && len(p.rest) != 0 {
		p.err = fmt.Errorf("%w: %d fields too many", ErrMalformed, len(p.rest))
	}
	return p.err
}

func (p *fields) bytes(dst []byte) {
	f := p.next()
	if p.err == nil && len(f) != len(dst) {
		p.err = fmt.Errorf("%w: field of %d bytes instead of %d", ErrMalformed, len(f), len(dst))
	}
	copy(dst, f)
}

func (p *fields) number(dst *uint64) {
	f := p.next()
	if p.err == nil {
		*dst, p.err = readNumber(f)
	}
}

func (p *fields) number32(dst *uint32) {
	var n uint64
	if p.number(&n); p.err == nil && n > 1<<32-1 {
		p.err = fmt.Errorf("%w: %d is too large", ErrMalformed, n)
	}
	*dst = uint32(n)
}

// time reads Unix seconds, 0 to the end of the year 9999.
func (p *fields) time(dst *int64) {
	var n uint64
	if p.number(&n); p.err == nil && n > maxUpdated {
		p.err = fmt.Errorf("%w: time %d", ErrMalformed, n)
	}
	*dst = int64(n)
}

// list reads a list of strings.
func (p *fields) list(label string, most int) (list []string) {
	b := p.next()
	if p.err != nil {
		return nil
	}
	var items [][]byte
	items, p.err = decode(label, b, most)
	for _, item := range items {
		list = append(list, string(item))
	}
	return list
}

func encodeList(label string, list []string) []byte {
	items := make([][]byte, len(list))
	for i, s := range list {
		items[i] = []byte(s)
	}
	return encode(label, items...)
}

// bytes is the point's 40 bytes.
func (p Point) bytes() []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(p.Digest)), p.Seq), p.Digest[:]...)
}

// IsZero tells whether p stands for "none".
func (p Point) IsZero() bool { return p == Point{} }

// valid tells whether p is a commit or none: only the zero point has seq 0, or
// no digest.
func (p Point) valid() bool { return p.Seq <= maxCount && (p.Seq == 0) == p.Digest.IsZero() }

// parsePoint reads the 40 bytes.
func parsePoint(b []byte) (p Point, err error) {
	if len(b) != 8+len(p.Digest) {
		return p, fmt.Errorf("%w: point of %d bytes", ErrMalformed, len(b))
	}
	p = Point{binary.BigEndian.Uint64(b), Digest(b[8:])}
	if !p.valid() {
		return Point{}, fmt.Errorf("%w: point at seq %d", ErrMalformed, p.Seq)
	}
	return p, nil
}
