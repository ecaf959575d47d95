package crypto

import (
	"crypto/ed25519"
	"errors"
	"fmt"
)

// Link is what the old key of a vault says when a rotation puts a new one in
// its place. It is kept beside the log entry of the head that committed the
// rotation, for good.
type Link struct {
	Vault ID
	Seq   uint64 // of the head that committed the rotation
	Prev  Digest // of the head before that one
	Old   Pin
	New   Pin
	Sig   [ed25519.SignatureSize]byte // by the old key
}

// SignLink returns l with the vault and pin of the keys, which are the old
// ones, and their signature. The error is ErrWiped.
func (k *Keys) SignLink(l Link) (Link, error) {
	l.Vault, l.Old = k.id, k.Pin()
	sig, err := k.signature(l.signed())
	if err != nil {
		return Link{}, err
	}
	l.Sig = [ed25519.SignatureSize]byte(sig)
	return l, nil
}

// Check tells whether the key with the pin l.Old signed the link. The error
// wraps ErrForged.
func (l Link) Check() error {
	if !ed25519.Verify(l.Old[:], l.signed(), l.Sig[:]) {
		return fmt.Errorf("%w: link of commit %d", ErrForged, l.Seq)
	}
	return nil
}

// signed is what the signature covers.
func (l Link) signed() []byte {
	return Encode("tacit/1/link", l.Vault[:], Number(l.Seq), l.Prev[:], l.New[:])
}

// Marshal returns the link as stored.
func (l Link) Marshal() []byte {
	return Encode("tacit/1/link", l.Vault[:], Number(l.Seq), l.Prev[:], l.Old[:], l.New[:], l.Sig[:])
}

// ParseLink reads a stored link. It does not check the signature. The error
// wraps ErrMalformed.
func ParseLink(b []byte) (Link, error) {
	f, err := Decode("tacit/1/link", b, 6)
	if err != nil {
		return Link{}, err
	}
	var l Link
	p := Fields{rest: f}
	p.Fixed(l.Vault[:])
	p.Number(&l.Seq)
	p.Fixed(l.Prev[:])
	p.Fixed(l.Old[:])
	p.Fixed(l.New[:])
	p.Fixed(l.Sig[:])
	if err := p.End(); err != nil {
		return Link{}, err
	}
	// The first head commits no rotation.
	if !inRange(l.Seq) || l.Seq == 1 {
		return Link{}, fmt.Errorf("%w: link at seq %d", ErrMalformed, l.Seq)
	}
	return l, nil
}

// FollowLinks proves that the vault whose pin was from at the commit known is
// the one whose head is given, though its pin is another now: the links after
// known that verify lead one after the other from the one pin to the other, each
// names a commit of the head's own chain, and that chain leads back to known.
// Links must be in the order of their seqs; those up to known do not count, and
// neither does one that its old pin has not signed or that begins elsewhere:
// whoever can write to the vault's folder can put such a one among them.
//
// Errors: ErrForged where no links lead to the head's pin, and those of Descends.
func FollowLinks(head *Head, get LogGetter, known Point, from Pin, links []Link) error {
	pin, last := from, known.Seq
	for _, l := range links {
		if l.Seq <= last || l.Seq > head.Seq || l.Vault != head.Vault || l.Old != pin || l.Check() != nil {
			continue
		}
		if err := l.onChain(head, get); err != nil {
			return err
		}
		pin, last = l.New, l.Seq
	}
	if pin != head.Pin {
		return fmt.Errorf("%w: no link leads to the pin of the head", ErrForged)
	}
	return Descends(head, known, get)
}

// CheckLinks tells whether the links that are kept of a vault verify, name commits
// of the head's chain as far back as its log reaches, and lead one after the
// other to the head's pin. Where the first one begins only those know who knew
// the vault then. ErrForged and ErrForked where they do not; an error of get is
// wrapped.
func CheckLinks(head *Head, get LogGetter, links []Link) error {
	for i, l := range links {
		next := head.Pin
		if i+1 < len(links) {
			next = links[i+1].Old
		}
		if l.Vault != head.Vault || l.New != next || l.Seq > head.Seq {
			return fmt.Errorf("%w: link of commit %d does not follow", ErrForged, l.Seq)
		}
		if err := l.Check(); err != nil {
			return err
		}
		if err := l.onChain(head, get); err != nil && !errors.Is(err, ErrUnproven) {
			return err
		}
	}
	return nil
}

// onChain tells whether the link's commit, and the one that it names as the one
// before, follow one another in the head's chain.
func (l Link) onChain(head *Head, get LogGetter) error {
	at, err := ancestor(head, l.Seq, get)
	if err != nil {
		return err
	}
	before, err := ancestor(head, l.Seq-1, get)
	if err != nil {
		return err
	}
	if at.Seq != l.Seq || before.Digest != l.Prev {
		return fmt.Errorf("%w: link of commit %d is not of this history", ErrForked, l.Seq)
	}
	return nil
}
