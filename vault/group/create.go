package group

import (
	"context"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// NewGroup is a group that is about to be made.
type NewGroup struct {
	Label       string        // of the group, [a-z0-9-]{1,40}
	Patterns    []string      // of names, see CheckPattern; 1 to 64
	Member      string        // label of this vault in it, [a-z0-9-]{1,40}
	PostQuantum bool          // all keys of the group are, and stay
	Receipts    bool          // members tell the owner how far they are
	Recovery    []byte        // ten words, of which the keys are derived that can take the group over; nil: none
	Beat        time.Duration // between two beats, 1 minute to 10 years; 0: 24 hours
	Places      []string      // addresses
}

// Create makes a group whose owner is this vault, in one commit; the next sync puts
// it where its members find it. The recovery phrase has to be drawn at random, of a list
// as that of generate.Words, because nothing slows a guesser down. It is not kept, and
// the caller's to wipe.
//
// Codes: InvalidName for a label or a pattern; InvalidValue; Exists where this vault is
// a member of a group of that label, or where a name that the patterns take in belongs
// to another group, unless this vault is the only writer of both; then Key is the name.
func Create(ctx context.Context, v *vault.Vault, n NewGroup) (g *Group, err error) {
	const op = "group create"
	if err := n.check(op); err != nil {
		return nil, err
	}
	others, err := othersOf(ctx, v, op, n.Label)
	if err != nil {
		return nil, err
	}
	suite := crypto.X25519
	if n.PostQuantum {
		suite = crypto.Hybrid
	}
	public, err := publicOf(op, n.Recovery, suite)
	if err != nil {
		return nil, err
	}
	err = v.Merge(ctx, op, func(w *vault.MergeView) (vault.Merge, error) {
		if err := refuseShared(ctx, w, op, others, n.Patterns); err != nil {
			return vault.Merge{}, err
		}
		s := &standing{op: op, view: w, ro: &roster{}}
		if err := s.found(n, suite, public); err != nil {
			return vault.Merge{}, err
		}
		g = &Group{v, s.st.Group}
		return s.save()
	})
	return g, err
}

// check refuses what cannot be a group, and fills in what is left out.
func (n *NewGroup) check(op string) error {
	for _, label := range []string{n.Label, n.Member} {
		if !crypto.IsLabel(label) {
			return badLabel(op)
		}
	}
	patterns, err := checkedPatterns(op, n.Patterns)
	if err != nil {
		return err
	}
	n.Patterns = patterns
	if n.Beat == 0 {
		n.Beat = 24 * time.Hour
	}
	return checkBeat(op, n.Beat)
}

// checkedPatterns are patterns as a charter has them.
func checkedPatterns(op string, patterns []string) ([]string, error) {
	if len(patterns) < 1 || len(patterns) > bundle.MaxPatterns {
		return nil, &vault.SecretError{Code: vault.InvalidValue, Op: op, Message: "a group has 1 to 64 patterns of names"}
	}
	for _, p := range patterns {
		if err := CheckPattern(p); err != nil {
			return nil, err
		}
	}
	sorted := slices.Sorted(slices.Values(patterns))
	return slices.Compact(sorted), nil
}

func checkBeat(op string, beat time.Duration) error {
	if s := int64(beat / time.Second); s < bundle.MinBeat || s > bundle.MaxBeat {
		return &vault.SecretError{Code: vault.InvalidValue, Op: op, Message: "between two beats there are a minute to ten years"}
	}
	return nil
}

// publicOf is the public half of a recovery phrase, nil for none.
func publicOf(op string, phrase []byte, suite crypto.Suite) (*bundle.RecoveryPublic, error) {
	if phrase == nil {
		return nil, nil
	}
	keys, err := bundle.DeriveRecovery(phrase, suite)
	if err != nil {
		return nil, &vault.SecretError{Code: vault.InvalidValue, Op: op, Message: "a recovery phrase has ten words at least"}
	}
	defer keys.Wipe()
	return keys.Public()
}

// found makes the state, the list and the first charter of a group.
func (s *standing) found(n NewGroup, suite crypto.Suite, public *bundle.RecoveryPublic) error {
	st := &state{
		Self: bundle.NewMemberID(), Label: n.Member, Role: bundle.Owner, Epochs: map[uint64]string{},
		Places: slices.Clone(n.Places), Scope: n.Patterns, Due: true,
	}
	s.st = st
	if err := st.newKeys(suite); err != nil {
		return err
	}
	self, err := s.st.member()
	if err != nil {
		return err
	}
	c := &bundle.Charter{
		Number: 1, Time: s.now(), Label: n.Label, Suite: suite, Patterns: n.Patterns, Owner: self, Recovery: public,
		Epoch: 1, Beat: uint64(n.Beat / time.Second), Receipts: n.Receipts,
	}
	if st.Epochs[1], c.EpochRecipient, err = drawIdentity(suite); err != nil {
		return err
	}
	if st.Inbox, c.InboxRecipient, err = drawIdentity(suite); err != nil {
		return err
	}
	key, err := st.signingKey()
	if err != nil {
		return err
	}
	defer key.Wipe()
	if err := c.Sign(self.ID, key); err != nil {
		return s.refuse(vault.InvalidValue, err.Error())
	}
	if s.charters, err = begin(c, c.Digest()); err != nil {
		return s.refuse(vault.Internal, err.Error())
	}
	st.Group, st.Charters = c.ID(), s.charters.marshal()
	genesis := c.Digest()
	st.Genesis = genesis[:]
	s.enrolSelf(self)
	s.enrolRecovery(public)
	return nil
}

// enrolRecovery puts the recovery phrase on the list, so that it is welcomed.
func (s *standing) enrolRecovery(public *bundle.RecoveryPublic) {
	if public == nil || s.ro.find(bundle.Recovery) != nil {
		return
	}
	s.ro.add(enrolled{Label: "recovery", Key: slices.Clone(public.Key[:]), Recipient: public.Recipient, Role: bundle.Heir, Admitted: s.now()})
}

// newKeys draws this member's keys.
func (st *state) newKeys(suite crypto.Suite) error {
	key := bundle.NewSigningKey()
	defer key.Wipe()
	identity, _, err := drawIdentity(suite)
	st.Seed, st.Identity = key.Reveal(), identity
	return err
}

// another is a group that this vault is a member of already.
type another struct {
	st      *state
	charter *bundle.Charter
}

// othersOf are the groups of the vault. Exists where one has the label.
func othersOf(ctx context.Context, v *vault.Vault, op, label string) (list []another, err error) {
	ids, err := stateIDs(ctx, v)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		st, err := readState(ctx, v, id)
		if err != nil {
			return nil, err
		}
		c, err := st.newest()
		if err != nil {
			return nil, corrupted(op, stateName(id))
		}
		if c == nil || st.Role == bundle.Removed {
			continue
		}
		if c.Label == label {
			return nil, &vault.SecretError{Code: vault.Exists, Op: op, Message: "this vault is a member of a group " + label + " already"}
		}
		list = append(list, another{st, c})
	}
	return list, nil
}

// alone tells whether this vault is the only one that writes to the group.
func (a another) alone() bool { return a.st.Role == bundle.Owner && len(a.charter.Writers) == 0 }

// refuseShared refuses patterns that take in a name of another group, where somebody
// else writes it: two groups would disagree about one secret.
func refuseShared(ctx context.Context, w *vault.MergeView, op string, others []another, patterns []string) error {
	others = slices.DeleteFunc(slices.Clone(others), another.alone)
	if len(others) == 0 {
		return nil
	}
	names, err := w.Versions(ctx)
	if err != nil {
		return err
	}
	for _, n := range names {
		if n.Deleted || !InScope(patterns, n.Name) {
			continue
		}
		for _, o := range others {
			if _, ok := o.st.inGroup(o.charter.Patterns, n.Name); ok {
				return &vault.SecretError{Code: vault.Exists, Op: op, Key: n.Name, Message: "it belongs to the group " + o.charter.Label}
			}
		}
	}
	return nil
}
