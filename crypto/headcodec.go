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
	return Encode("tacit/1/head",
		h.Vault[:], Number(h.Format), []byte(h.Suite),
		EncodeList("tacit/1/features", h.Incompatible), EncodeList("tacit/1/features", h.Compatible),
		h.VaultFile[:], h.Pin[:], Number(h.Seq), Number(uint64(h.Time)), h.Root[:],
		Number(h.Names), Number(h.Gone), Number(h.Records), Number(uint64(h.NextSlot)),
		encodeSlots(h.Slots), EncodeList("tacit/1/policy", policyList(h.Policy)))
}

// ParseHead reads a head as stored. It takes only bytes that Sign could have
// written, and authenticates nothing. The error wraps ErrMalformed, ErrLimit, or,
// for a format, an incompatible feature or a critical policy that this version
// does not know, ErrNewer.
func ParseHead(z []byte) (*SignedHead, error) {
	if len(z) > MaxHead {
		return nil, fmt.Errorf("%w: head of %d bytes, at most %d", ErrLimit, len(z), MaxHead)
	}
	f, err := Decode("tacit/1/z", z, 7)
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
	f, err := Decode("tacit/1/head", b, 2*headFields)
	if err != nil {
		return err
	}
	p := Fields{rest: f}
	p.Fixed(h.Vault[:])
	if p.Number(&h.Format); p.err == nil && h.Format != Format {
		return fmt.Errorf("%w: format %d", ErrNewer, h.Format)
	}
	h.Suite = Suite(p.Next())
	h.Incompatible = p.List("tacit/1/features", maxFeatures)
	h.Compatible = p.List("tacit/1/features", maxFeatures)
	p.Fixed(h.VaultFile[:])
	p.Fixed(h.Pin[:])
	p.Number(&h.Seq)
	p.Time(&h.Time)
	p.Fixed(h.Root[:])
	p.Number(&h.Names)
	p.Number(&h.Gone)
	p.Number(&h.Records)
	p.number32(&h.NextSlot)
	h.Slots = p.slots()
	h.Policy = p.policy()
	return p.End()
}

// bytes is the point's 40 bytes.
func (p Point) bytes() []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(p.Digest)), p.Seq), p.Digest[:]...)
}

// IsZero tells whether p stands for "none".
func (p Point) IsZero() bool { return p == Point{} }

// valid tells whether p is a commit or none: only the zero point has seq 0, or
// no digest.
func (p Point) valid() bool { return p.Seq <= MaxCount && (p.Seq == 0) == p.Digest.IsZero() }

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
