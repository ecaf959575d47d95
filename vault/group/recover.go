package group

import (
	"context"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// Recovery is a group that is found again by its phrase, in a vault that was no member.
type Recovery struct {
	Phrase []byte   // the caller's to wipe
	Group  ID       // which one; zero: the only one that the places have for the phrase
	Label  string   // of this vault in it, [a-z0-9-]{1,40}
	Prefix string   // in this vault, before the group's names
	Places []string // addresses
}

// Recover lets this vault read a group by its recovery phrase, in one commit. A sync
// then takes the group's values, and [Group.Takeover] with the same phrase makes this
// vault the owner: in this order, because a new owner that lacks the values would give
// them up for all.
//
// The phrase proves the group no further than that its welcome lies at a place, under
// the owner whom its charters lead to: a member that knows the phrase's public half can
// put a group of its own there. Compare the id with the one that you have noted.
//
// Codes: InvalidName; NotFound where no place has a welcome for the phrase; Exists where
// the vault is a member already, or where several groups have one; Unreachable.
func Recover(ctx context.Context, v *vault.Vault, r Recovery, places ...Place) (*Group, error) {
	const op = "group recover"
	if !crypto.IsLabel(r.Label) {
		return nil, badLabel(op)
	}
	found := map[ID]*state{}
	reached := false
	for _, suite := range []crypto.Suite{crypto.X25519, crypto.Hybrid} {
		keys, err := bundle.DeriveRecovery(r.Phrase, suite)
		if err != nil {
			return nil, &vault.SecretError{Code: vault.WrongKey, Op: op, Message: "a recovery phrase has ten words"}
		}
		defer keys.Wipe()
		for _, p := range places {
			err := recoverAt(ctx, p, keys, r, found)
			reached = reached || err == nil
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !reached:
		return nil, &vault.SecretError{Code: vault.Unreachable, Op: op, Message: "no address of the group can be reached"}
	case len(found) == 0:
		return nil, &vault.SecretError{Code: vault.NotFound, Op: op, Message: "no group there has this recovery phrase"}
	case len(found) > 1:
		return nil, &vault.SecretError{Code: vault.Exists, Op: op, Message: "several groups there have this recovery phrase"}
	}
	for _, st := range found {
		return recovered(ctx, v, op, st)
	}
	return nil, nil
}

// recovered commits the state.
func recovered(ctx context.Context, v *vault.Vault, op string, st *state) (*Group, error) {
	err := v.Merge(ctx, op, func(w *vault.MergeView) (vault.Merge, error) {
		if old, ok, err := w.Own(stateName(st.Group)); err != nil || ok {
			old.Wipe()
			if err == nil {
				err = &vault.SecretError{Code: vault.Exists, Op: op, Message: "this vault is a member of that group already"}
			}
			return vault.Merge{}, err
		}
		value, err := st.encode()
		return vault.Merge{Own: map[string]vault.Value{stateName(st.Group): value}}, err
	})
	return &Group{v, st.Group}, err
}

// recoverAt looks for welcomes of the phrase at a place.
func recoverAt(ctx context.Context, p Place, keys *bundle.RecoveryKeys, r Recovery, found map[ID]*state) error {
	prefix, after := string(transport.Welcome)+"/", ""
	for {
		list, err := p.Transport.List(ctx, prefix, after)
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1]
		for _, key := range list {
			k, err := transport.Parse(key)
			if err != nil || k.Member != [8]byte(bundle.Recovery) || r.Group != (ID{}) && k.Group != [16]byte(r.Group) {
				continue
			}
			if data, err := p.Transport.Get(ctx, key); err == nil {
				if st := recoverWelcome(data, keys, r); st != nil && newer(st, found[st.Group]) {
					found[st.Group] = st
				}
			}
		}
	}
}

// newer tells whether a state has a later charter than another one, which may be nil.
func newer(a, b *state) bool {
	if b == nil {
		return true
	}
	x, _ := a.newest()
	y, _ := b.newest()
	return x.Number > y.Number
}

// recoverWelcome is the state of a reader by a welcome of the phrase; nil where it is
// something else, or its charters do not lead to whom it is signed by.
func recoverWelcome(data []byte, keys *bundle.RecoveryKeys, r Recovery) *state {
	st := &state{Identity: keys.Identity.Reveal(), Epochs: map[uint64]string{}}
	b, err := bundle.Parse(data)
	if err != nil {
		return nil
	}
	st.Group = b.Group
	w, b := st.openWelcome(data, st.Identity)
	if w == nil || w.Farewell {
		return nil
	}
	defer w.Wipe()
	genesis := w.Charters[0].Digest()
	l, err := begin(w.Charters[0], genesis)
	if err == nil {
		l, err = l.acceptAll(w.Charters[1:])
	}
	public, failed := keys.Public()
	if err != nil || failed != nil || bundle.GroupOf(genesis) != st.Group {
		return nil
	}
	newest := l.newest()
	if newest.Recovery == nil || *newest.Recovery != *public || b.Member != newest.Owner.ID || b.Verify(newest.Owner.Key) != nil {
		return nil
	}
	st.Self, st.Label, st.Role, st.Prefix, st.Places = bundle.NewMemberID(), r.Label, bundle.Reader, r.Prefix, slices.Clone(r.Places)
	st.Genesis, st.Charters, st.Inbox = genesis[:], l.marshal(), w.Inbox.Reveal()
	st.Epochs[newest.Epoch] = w.Epoch.Reveal()
	if st.newKeys(newest.Suite) != nil {
		return nil
	}
	return st
}
