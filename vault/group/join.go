package group

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Request asks to be admitted to a group.
type Request struct {
	Code   []byte   // of an invite
	Label  string   // of this vault in the group, [a-z0-9-]{1,40}
	Prefix string   // in this vault, before the group's names
	Places []string // addresses; none: the one in the code
}

// Asked is the request of this vault that waits, to join the group that the code is for;
// nil: there is none. What a second Join is not told, it can take from there. The request
// has no code.
func Asked(ctx context.Context, v *vault.Vault, code []byte) (*Request, error) {
	in, err := parseCode("join", code)
	if err != nil {
		return nil, err
	}
	clear(in.Secret)
	st, err := readState(ctx, v, in.Group())
	if errors.Is(err, vault.NotMember) || err == nil && len(st.Request) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &Request{Label: st.Label, Prefix: st.Prefix}
	if st.Invite == in.ID {
		r.Places = slices.Clone(st.Places)
	}
	return r, nil
}

// Join makes this vault's keys for a group and a request to be admitted, in one commit.
// It reads what the owner's sync has put at a place. The next sync leaves the request
// there, and takes the answer once the owner's sync has given it. With the same code
// again, the same request goes on, with the label, the prefix and the places given last.
// With another one, whichever the owner takes admits this vault, and no other. check is
// for the owner to compare, "" where the code has a secret.
//
// Codes: InvalidValue for what is no code, Newer for one of another version;
// InvalidName for label or prefix; Exists for a member, and where the owner has answered
// a request that would be changed; Conflict for a vault that was removed, and has the
// group's secrets under another prefix; Unreachable; NotFound where no place has the
// group; Forged where a place has another group's key, or a newer one than the code knows.
func Join(ctx context.Context, v *vault.Vault, r Request, places ...Place) (g *Group, check string, err error) {
	const op = "join"
	in, err := parseCode(op, r.Code)
	if err != nil {
		return nil, "", err
	}
	defer clear(in.Secret)
	if err := r.valid(op); err != nil {
		return nil, "", err
	}
	g = &Group{v, in.Group()}
	old, err := readState(ctx, v, g.id)
	if errors.Is(err, vault.NotMember) {
		old, err = nil, nil
	}
	if err == nil && old != nil {
		err = again(ctx, op, r, old, in.ID, places)
	}
	if err != nil {
		return nil, "", err
	}
	if old.asks(in.ID) && old.Label == r.Label && old.Prefix == r.Prefix && (len(r.Places) == 0 || slices.Equal(old.Places, r.Places)) {
		return g, checkOf(in, old.Request), nil
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

func (r Request) valid(op string) error {
	switch {
	case !crypto.IsLabel(r.Label):
		return badLabel(op)
	case r.Prefix != "" && crypto.CheckName(r.Prefix+"x") != nil:
		return &vault.SecretError{Code: vault.InvalidName, Op: op, Message: "a prefix has up to 99 letters, digits, _ and -", Remedy: remedy.To(remedy.UseValidPrefix)}
	}
	return nil
}

// asks tells whether a request by the invite waits. st may be nil.
func (st *state) asks(invite bundle.InviteID) bool {
	return st != nil && len(st.Request) > 0 && st.Invite == invite
}

// again refuses a request of a vault that the group knows, where it cannot be made.
func again(ctx context.Context, op string, r Request, old *state, invite bundle.InviteID, places []Place) error {
	switch {
	case old.Role != 0 && old.Role != bundle.Removed:
		return &vault.SecretError{Code: vault.Exists, Op: op, Message: "this vault is a member of that group already"}
	case len(old.Charters) > 0 && r.Prefix != "" && r.Prefix != old.Prefix:
		return &vault.SecretError{
			Code: vault.Conflict, Op: op,
			Message: "this vault was a member before, and has the group’s secrets under the prefix it had then: " + strconv.Quote(old.Prefix),
		}
	case old.asks(invite) && old.Label == r.Label || len(old.Request) == 0:
		return nil
	}
	for _, p := range places {
		if answered(ctx, p, old.Group, old.Self) {
			return &vault.SecretError{Code: vault.Exists, Op: op, Message: "the owner has answered this vault already, which asked as " + old.Label}
		}
	}
	return ctx.Err()
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
	if old != nil && len(old.Charters) > 0 { // it was removed, and comes back as somebody else
		st.Seen, st.Charters, st.Prefix, st.Scope = old.Seen, old.Charters, old.Prefix, old.Scope
	}
	if old != nil && len(old.Request) > 0 { // whichever of its requests the owner takes admits this vault
		st.Self, st.Seed, st.Identity = old.Self, slices.Clone(old.Seed), old.Identity
	} else if err := st.newKeys(suite); err != nil {
		return nil, err
	}
	if old.asks(in.ID) && old.Label == r.Label {
		st.Request, st.Asked = old.Request, old.Asked
		return st, nil
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
	st.Asked = now
	st.Request, _, err = bundle.Seal(h, join, inbox, key)
	return st, err
}
