package crypto

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
)

// Format is the format of the vaults that this package reads and writes.
const Format = 1

// MaxHead is the size of the largest head as stored, in bytes: 32 slots with
// hybrid recipients, of 2 KB each, fit.
const MaxHead = 128 << 10

// Head commits to a state of the vault: to its index, its key slots and its
// policy, and to every head before it.
type Head struct {
	Vault        ID
	Format       uint64
	Suite        Suite
	Incompatible []string // features; sorted, unique. Format 1 knows none
	Compatible   []string // features; sorted, unique. Who does not know one may read, not write
	VaultFile    Digest   // SHA-256 of VAULT
	Pin          Pin
	Seq          uint64            // of the commit, from 1
	Time         int64             // Unix seconds
	Root         Digest            // of the index
	Names        uint64            // entries whose kind is not Gone, ours included
	Gone         uint64            // the other entries
	Records      uint64            // the sum of Version - Oldest + 1 over all entries
	NextSlot     uint32            // the id of the next slot; above those of Slots
	Slots        []Slot            // sorted by id
	Policy       map[string]uint64 // unknown ones are kept
	Prev         Point             // the head before; zero for the first
	Skip         Point             // an older ancestor, by which descent is proven fast; see SkipFor
}

// Digest is what stands for the head in points. It covers everything in h.
func (h *Head) Digest() Digest { return pointDigest(Sum(h.body()), h.Prev, h.Skip) }

// Point is the head's place in the vault's history.
func (h *Head) Point() Point { return Point{h.Seq, h.Digest()} }

// Log is the log entry that stays of the head once it is an older one.
func (h *Head) Log() []byte {
	sum := Sum(h.body())
	return Encode("tacit/1/log", sum[:], h.Prev.bytes(), h.Skip.bytes())
}

// ReadOnlyFeatures returns the compatible features that this version does not
// know. Where there is one, the vault must not be written.
func (h *Head) ReadOnlyFeatures() []string { return h.Compatible }

// pointDigest is the digest of a head.
func pointDigest(body Digest, prev, skip Point) Digest {
	return Hash("tacit/1/digest", body[:], prev.bytes(), skip.bytes())
}

// SignedHead is a head as stored. Until CheckSig, CheckMAC or CheckHead returns
// nil, nobody vouches for it.
type SignedHead struct {
	Head
	digest Digest // of the bytes that were read
	mac    [sha256.Size]byte
	sig    [ed25519.SignatureSize]byte
}

// CheckSig tells whether the head was signed by the key with the pin, and names
// that pin itself. The error wraps ErrForged.
func (s *SignedHead) CheckSig(pin Pin) error {
	if s.Pin != pin {
		return fmt.Errorf("%w: head of another pin", ErrForged)
	}
	if !ed25519.Verify(pin[:], signed(s.digest), s.sig[:]) {
		return fmt.Errorf("%w: signature of the head", ErrForged)
	}
	return nil
}

// CheckHead is CheckMAC and the signature by the pin that the head names, which
// the MAC covers. The error wraps ErrForged, or ErrWiped.
func (k *Keys) CheckHead(s *SignedHead) error {
	if err := k.CheckMAC(s); err != nil {
		return err
	}
	return s.CheckSig(s.Pin)
}

// CheckMAC tells whether the head is one of the keys' vault, and was made by
// someone who had the vault identity. That is all a holder of the identity needs:
// whoever can make the MAC can make the signature as well. The error wraps
// ErrForged, or ErrWiped.
func (k *Keys) CheckMAC(s *SignedHead) error {
	if s.Vault != k.id || s.Suite != k.suite {
		return fmt.Errorf("%w: head of another vault", ErrForged)
	}
	mac, err := k.headMAC(s.digest)
	if err != nil {
		return err
	}
	if !hmac.Equal(mac, s.mac[:]) {
		return fmt.Errorf("%w: MAC of the head", ErrForged)
	}
	return nil
}

// Sign returns the head as it is stored. It refuses, with the errors of
// ParseHead, a head that could not be read again, and one of another vault.
func (k *Keys) Sign(h *Head) ([]byte, error) {
	if h.Vault != k.id || h.Suite != k.suite || h.Pin != k.Pin() {
		return nil, fmt.Errorf("%w: head of another vault", ErrMalformed)
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	body := h.body()
	digest := pointDigest(Sum(body), h.Prev, h.Skip)
	mac, err := k.headMAC(digest)
	if err != nil {
		return nil, err
	}
	sig, err := k.signature(signed(digest))
	if err != nil {
		return nil, err
	}
	z := Encode("tacit/1/z", body, h.Prev.bytes(), h.Skip.bytes(), []byte("mac"), mac, []byte("sig"), sig)
	if len(z) > MaxHead {
		return nil, fmt.Errorf("%w: head of %d bytes, at most %d", ErrLimit, len(z), MaxHead)
	}
	return z, nil
}

// signed is what the signature of a head covers.
func signed(digest Digest) []byte { return Encode("tacit/1/sig", digest[:]) }

func (k *Keys) headMAC(digest Digest) ([]byte, error) {
	end, err := k.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	m := hmac.New(sha256.New, k.head[:])
	m.Write(Encode("tacit/1/mac", digest[:]))
	return m.Sum(nil), nil
}

func (k *Keys) signature(message []byte) ([]byte, error) {
	end, err := k.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	return ed25519.Sign(k.signing(), message), nil
}
