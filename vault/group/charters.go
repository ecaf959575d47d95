package group

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// The rules by which a member takes one charter after another. They look at charters
// alone.

var (
	// errNoSuccessor means that a charter does not follow the one that is held: nobody
	// who may have signed it.
	errNoSuccessor = errors.New("not a charter that follows the one that is held")
	// errForkedCharter means that one signer signed two charters of one number.
	errForkedCharter = errors.New("two charters of one number by one signer")
)

// A rank orders charters of one number, which follow the same one.
type rank int

const (
	byHeir rank = iota + 1
	byOwner
	byRecovery
)

// judge tells by what right a charter follows the one that is held, whatever was
// signed between the two. It checks the signature. The error wraps errNoSuccessor.
func judge(held, next *bundle.Charter) (rank, error) {
	if next.Group != held.ID() || next.Number <= held.Number || next.Suite != held.Suite {
		return 0, fmt.Errorf("%w: another group, or no later number", errNoSuccessor)
	}
	if next.Epoch < held.Epoch || next.Epoch == held.Epoch && next.EpochRecipient != held.EpochRecipient {
		return 0, fmt.Errorf("%w: its epoch is an earlier one", errNoSuccessor)
	}
	for _, d := range held.Former {
		// Who has left never comes back: its keys may be anybody's.
		if _, ok := next.Left(d.Member); !ok {
			return 0, fmt.Errorf("%w: it forgets who left", errNoSuccessor)
		}
	}
	r, key, err := signerOf(held, next)
	if err != nil {
		return 0, err
	}
	if err := next.Verify(key); err != nil {
		return 0, fmt.Errorf("%w: %w", errNoSuccessor, err)
	}
	return r, nil
}

// signerOf is the right that the signer of next has by the charter that is held, and
// its key there.
func signerOf(held, next *bundle.Charter) (rank, bundle.PublicKey, error) {
	if next.Signer == held.Owner.ID {
		return byOwner, held.Owner.Key, nil
	}
	if next.Owner.ID == held.Owner.ID || next.Epoch == held.Epoch {
		return 0, bundle.PublicKey{}, fmt.Errorf("%w: a takeover that takes nothing over", errNoSuccessor)
	}
	if next.Signer == bundle.Recovery && held.Recovery != nil {
		return byRecovery, held.Recovery.Key, nil
	}
	if m, role, ok := held.Find(next.Signer); ok && role == bundle.Heir && next.Owner.ID == m.ID && next.Owner.Key == m.Key {
		return byHeir, m.Key, nil
	}
	return 0, bundle.PublicKey{}, fmt.Errorf("%w: signed by nobody who may", errNoSuccessor)
}

// A lineage is what a member keeps of a group's charters, by number: the first one;
// each that changed the owner, with the one before it; the one that was held before
// the newest; the newest. Each follows the one before.
type lineage []*bundle.Charter

// begin is the lineage of a first charter, which has to be the one with the digest:
// its owner signed it. The error wraps errNoSuccessor.
func begin(first *bundle.Charter, digest crypto.Digest) (lineage, error) {
	if first.Number != 1 || first.Digest() != digest || first.Signer != first.Owner.ID {
		return nil, fmt.Errorf("%w: another group's first charter", errNoSuccessor)
	}
	if err := first.Verify(first.Owner.Key); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoSuccessor, err)
	}
	return lineage{first}, nil
}

// newest is the charter that is held.
func (l lineage) newest() *bundle.Charter { return l[len(l)-1] }

// accept is the lineage with a charter that was received: the same one where the
// charter is an old one, or loses against one of its number. The error wraps
// errNoSuccessor, or errForkedCharter.
func (l lineage) accept(next *bundle.Charter) (lineage, error) {
	held := l.newest()
	if same := l.at(next.Number); same != nil {
		if same.Digest() == next.Digest() {
			return l, nil
		}
		return l.rival(same, next)
	}
	if next.Number < held.Number {
		return l, nil // an old one; what is held came after it
	}
	if _, err := judge(held, next); err != nil {
		return l, err
	}
	return append(l[:len(l):len(l)], next).pruned(), nil
}

// acceptAll is accept of several charters, in order.
func (l lineage) acceptAll(list []*bundle.Charter) (lineage, error) {
	for _, c := range list {
		next, err := l.accept(c)
		if err != nil {
			return l, err
		}
		l = next
	}
	return l, nil
}

// at is the charter with the number, nil where it is not kept.
func (l lineage) at(number uint64) *bundle.Charter {
	for _, c := range l {
		if c.Number == number {
			return c
		}
	}
	return nil
}

// rival judges two charters of one number, of which l has one. By the charter before
// both, the owner's wins over an heir's, the recovery phrase's over all, and between two
// heirs the lower id. Only the newest can still be replaced.
func (l lineage) rival(same, next *bundle.Charter) (lineage, error) {
	if same.Number == 1 {
		return l, fmt.Errorf("%w: another group's first charter", errNoSuccessor)
	}
	base := l.before(same.Number)
	a, err := judge(base, same)
	if err != nil {
		return l, err
	}
	b, err := judge(base, next)
	if err != nil {
		return l, err
	}
	switch {
	case same.Signer == next.Signer:
		return l, fmt.Errorf("%w: charter %d by %s", errForkedCharter, next.Number, next.Signer)
	case same != l.newest() || b < a || b == a && string(next.Signer[:]) > string(same.Signer[:]):
		return l, nil
	}
	return append(l[:len(l)-1:len(l)-1], next).pruned(), nil
}

// before is the last charter of a lower number.
func (l lineage) before(number uint64) (c *bundle.Charter) {
	for _, o := range l {
		if o.Number < number {
			c = o
		}
	}
	return c
}

// pruned leaves out what proves nothing any more.
func (l lineage) pruned() lineage {
	kept := lineage{}
	for i, c := range l {
		switch {
		case i == 0, i >= len(l)-2:
		case l[i-1].Owner.ID != c.Owner.ID, l[i+1].Owner.ID != c.Owner.ID:
		default:
			continue
		}
		kept = append(kept, c)
	}
	return kept
}

// parseLineage reads charters as the state has them.
func parseLineage(list [][]byte) (l lineage, err error) {
	for _, b := range list {
		c, err := bundle.ParseCharter(b)
		if err != nil {
			return nil, err
		}
		l = append(l, c)
	}
	return l, nil
}

func (l lineage) marshal() [][]byte {
	list := make([][]byte, len(l))
	for i, c := range l {
		list[i] = c.Marshal()
	}
	return list
}

// follow is a charter that follows the one that is held, and says the same. It is for
// the caller to change and to sign.
func follow(held *bundle.Charter, now int64) *bundle.Charter {
	next := *held
	next.Group, next.Number, next.Prev, next.Time = held.ID(), held.Number+1, held.Digest(), now
	next.Heirs, next.Writers = slices.Clone(held.Heirs), slices.Clone(held.Writers)
	next.Former, next.Patterns = slices.Clone(held.Former), slices.Clone(held.Patterns)
	return &next
}
