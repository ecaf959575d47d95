package bundle

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Kind is what a bundle holds.
type Kind uint64

// The kinds of version 1.
const (
	KindChanges    Kind = 1 // what a writer changed: its feed
	KindCheckpoint Kind = 2 // a part of the state of all names
	KindBeat       Kind = 3 // the owner's list of all heads
	KindWelcome    Kind = 4 // what one member needs to go on, or a farewell
	KindJoin       Kind = 5 // a request to be admitted
	KindReceipt    Kind = 6 // how far a member is
	KindMembers    Kind = 7 // a part of the list of all members
)

func (k Kind) known() bool { return KindChanges <= k && k <= KindMembers }

// toEpoch tells whether bundles of the kind are sealed to the epoch's identity.
func (k Kind) toEpoch() bool { return k <= KindBeat }

// most is the largest body of the kind, in bytes.
func (k Kind) most() uint64 {
	if k == KindChanges || k == KindCheckpoint {
		return MaxLargeBody
	}
	return MaxBody
}

// Head is what a bundle says about itself in the clear, and what its author signs.
type Head struct {
	Group   GroupID
	Kind    Kind
	Member  MemberID      // its author; Recovery for the recovery phrase's takeover
	Seq     uint64        // from 1; of what, depends on the kind
	Prev    crypto.Digest // of changes with a Seq above 1: digest of the bundle before; else zero
	Charter crypto.Digest // of the newest charter that the author held
	Epoch   uint64        // whose identity opens the body, from 1; 0 for a body that is sealed to another
	Size    uint64        // bytes of the body
	Body    crypto.Digest // SHA-256 of the body
}

// Digest is what stands for the bundle. It covers the head, and so the body.
func (h Head) Digest() crypto.Digest { return crypto.Hash("tacit/1/bundle-digest", h.encode()) }

// signed is what the signature of a bundle covers.
func signed(digest crypto.Digest) []byte { return crypto.Encode("tacit/1/bundle-sig", digest[:]) }

func (h Head) encode() []byte {
	return crypto.Encode("tacit/1/bundle",
		h.Group[:], crypto.Number(uint64(h.Kind)), h.Member[:], crypto.Number(h.Seq),
		h.Prev[:], h.Charter[:], crypto.Number(h.Epoch), crypto.Number(h.Size), h.Body[:])
}

func parseHead(b []byte) (h Head, err error) {
	if len(b) > MaxHead {
		return h, fmt.Errorf("%w: head of %d bytes, at most %d", crypto.ErrLimit, len(b), MaxHead)
	}
	f := crypto.ReadFields("tacit/1/bundle", b, 9)
	f.Fixed(h.Group[:])
	f.Number((*uint64)(&h.Kind))
	f.Fixed(h.Member[:])
	f.Number(&h.Seq)
	f.Fixed(h.Prev[:])
	f.Fixed(h.Charter[:])
	f.Number(&h.Epoch)
	f.Number(&h.Size)
	f.Fixed(h.Body[:])
	if err := f.End(); err != nil {
		return Head{}, err
	}
	if err := h.check(); err != nil {
		return Head{}, err
	}
	return h, nil
}

// check refuses a head that nobody could have written.
func (h Head) check() error {
	switch {
	case !h.Kind.known():
		return fmt.Errorf("%w: bundle of kind %d", crypto.ErrNewer, h.Kind)
	case h.Seq < 1 || h.Seq > crypto.MaxCount:
		return fmt.Errorf("%w: bundle number %d", crypto.ErrMalformed, h.Seq)
	case h.Prev.IsZero() == (h.Kind == KindChanges && h.Seq > 1):
		return fmt.Errorf("%w: what bundle %d follows", crypto.ErrMalformed, h.Seq)
	case h.Epoch > crypto.MaxCount || (h.Epoch == 0) == h.Kind.toEpoch():
		return fmt.Errorf("%w: epoch %d of a bundle of kind %d", crypto.ErrMalformed, h.Epoch, h.Kind)
	case h.Size > h.Kind.most():
		return fmt.Errorf("%w: body of %d bytes, at most %d", crypto.ErrLimit, h.Size, h.Kind.most())
	}
	return nil
}
