package group

import (
	"context"
	"errors"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// Request asks to be admitted to a group.
type Request struct {
	Code   []byte   // of an invite
	Label  string   // of this vault in the group, [a-z0-9-]{1,40}
	Prefix string   // in this vault, before the group's names
	Places []string // addresses; none: the one in the code
}

// Join makes this vault's keys for a group and a request to be admitted, in one commit.
// It reads what the owner's sync has put at a place. The next sync leaves the request
// there, and takes the answer once the owner's sync has given it. With the same code
// again, the same request goes on; with another one, whichever the owner takes admits
// this vault, and no other. check is for the owner to compare, "" where the code
// has a secret.
//
// Codes: InvalidValue for what is no code, Newer for one of another version;
// InvalidName for label or prefix; Exists for a member; Unreachable; NotFound where no
// place has the group; Forged where a place has another group's key, or a newer one
// than the code knows.
func Join(ctx context.Context, v *vault.Vault, r Request, places ...Place) (g *Group, check string, err error) {
	const op = "join"
	in, err := parseCode(op, r.Code)
	if err != nil {
		return nil, "", err
	}
	defer clear(in.Secret)
	switch {
	case !crypto.IsLabel(r.Label):
		return nil, "", &vault.SecretError{Code: vault.InvalidName, Op: op, Message: "a label is 1 to 40 of a to z, 0 to 9 and -"}
	case r.Prefix != "" && crypto.CheckName(r.Prefix+"x") != nil:
		return nil, "", &vault.SecretError{Code: vault.InvalidName, Op: op, Message: "a prefix has up to 99 letters, digits, _ and -"}
	}
	g = &Group{v, in.Group()}
	old, err := readState(ctx, v, g.id)
	switch {
	case errors.Is(err, vault.NotMember):
		old = nil
	case err != nil:
		return nil, "", err
	case len(old.Request) > 0 && old.Invite == in.ID:
		return g, checkOf(in, old.Request), nil
	case old.Role != 0 && old.Role != bundle.Removed:
		return nil, "", &vault.SecretError{Code: vault.Exists, Op: op, Message: "this vault is a member of that group already"}
	}
	inbox, err := findInbox(ctx, op, in.Group(), in.Inbox, places)
	if err != nil {
		return nil, "", err
	}
	var st *state
	err = v.Merge(ctx, op, func(w *vault.MergeView) (vault.Merge, error) {
		if st, err = candidate(in, r, inbox, old, w.Now().Unix()); err != nil {
			return vault.Merge{}, err
		}
		value, err := st.encode()
		return vault.Merge{Own: map[string]vault.Value{stateName(st.Group): value}}, err
	})
	if err != nil {
		return nil, "", err
	}
	return g, checkOf(in, st.Request), nil
}

// parseCode reads a code. The error holds no part of it.
func parseCode(op string, code []byte) (*bundle.Invite, error) {
	in, err := bundle.ParseInvite(string(code))
	if err == nil {
		return in, nil
	}
	failed := &vault.SecretError{Code: vault.InvalidValue, Op: op, Message: err.Error()}
	if errors.Is(err, crypto.ErrNewer) {
		failed.Code = vault.Newer
	}
	return nil, failed
}

// checkOf is what the owner compares, "" where the code's secret proves the request.
func checkOf(in *bundle.Invite, request []byte) string {
	b, err := bundle.Parse(request)
	if err != nil || len(in.Secret) > 0 {
		return ""
	}
	return bundle.CheckOf(b.Digest()).String()
}

// findInbox is the recipient of a group's inbox, from the first place that has it.
func findInbox(ctx context.Context, op string, id bundle.GroupID, want crypto.Digest, places []Place) (string, error) {
	var last error = &vault.SecretError{Code: vault.Unreachable, Op: op, Message: "no address of the group can be reached"}
	for _, p := range places {
		b, err := p.Transport.Get(ctx, transport.InboxKey(id))
		switch {
		case errors.Is(err, transport.ErrNone):
			last = &vault.SecretError{Code: vault.NotFound, Op: op, Path: p.Address, Message: "the group is not there: its owner has not synced with this address"}
			continue
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err != nil:
			continue
		}
		inbox, err := bundle.ParseInbox(b, want)
		if err == nil {
			return inbox, nil
		}
		last = &vault.SecretError{
			Code: vault.Forged, Op: op, Path: p.Address, Err: err,
			Message: "the group’s inbox there is not the one that was named: the code is too old, or the address is not to be trusted",
		}
	}
	return "", last
}

// candidate is the state of a vault that asks to be admitted.
func candidate(in *bundle.Invite, r Request, inbox string, old *state, now int64) (*state, error) {
	suite, err := crypto.RecipientSuite(inbox)
	if err != nil {
		return nil, err
	}
	st := &state{
		Group: in.Group(), Self: bundle.NewMemberID(), Label: r.Label, Epochs: map[uint64]string{},
		Prefix: r.Prefix, Places: slices.Clone(r.Places),
		candidacy: candidacy{Genesis: in.Genesis[:], Floor: in.Number, FloorOf: in.Charter[:], Invite: in.ID},
	}
	if len(st.Places) == 0 {
		st.Places = []string{in.Address}
	}
	waits := old != nil && old.Role == 0 && len(old.Request) > 0
	if waits { // whichever of its requests the owner takes admits this vault
		st.Self, st.Seed, st.Identity = old.Self, slices.Clone(old.Seed), old.Identity
	} else if old != nil { // it was removed, and comes back as somebody else
		st.Seen, st.Charters, st.Prefix, st.Scope = old.Seen, old.Charters, old.Prefix, old.Scope
	}
	if !waits {
		if err := st.newKeys(suite); err != nil {
			return nil, err
		}
	}
	m, err := st.member()
	if err != nil {
		return nil, err
	}
	key, err := st.signingKey()
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	h := bundle.Head{Group: st.Group, Member: st.Self, Seq: 1, Charter: in.Charter}
	join := &bundle.Join{Member: m, Time: now, Invite: in.ID}
	if len(in.Secret) > 0 {
		join.Prove(h, in.Secret)
	}
	st.Request, _, err = bundle.Seal(h, join, inbox, key)
	return st, err
}
