package group

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/shown"
)

// Members lists the members by label. Who is not the owner knows the owner, heirs and
// writers. NotMember until this vault is admitted.
func (g *Group) Members(ctx context.Context) (list []Member, err error) {
	st, err := readState(ctx, g.vault, g.id)
	if err != nil {
		return nil, err
	}
	newest, err := st.newest()
	if err != nil {
		return nil, corrupted("group members", stateName(g.id))
	}
	if newest == nil || st.Role == 0 {
		return nil, &vault.SecretError{Code: vault.NotMember, Op: "group members", Message: "this vault waits to be admitted to the group"}
	}
	if st.Role == bundle.Owner {
		ro, err := readRoster(ctx, g.vault, g.id)
		if err != nil {
			return nil, err
		}
		all := slices.Clone(ro.Members)
		slices.SortFunc(all, byLabel)
		for _, e := range all {
			if e.current() && e.ID != bundle.Recovery {
				list = append(list, shownMember(e, st.Self))
			}
		}
		return list, nil
	}
	for _, m := range newest.Signers() {
		role, _ := newest.Role(m.ID)
		list = append(list, Member{ID: m.ID, Label: m.Label, Role: Role(role.String()), Self: m.ID == st.Self})
	}
	if _, ok := newest.Role(st.Self); !ok && st.Role == bundle.Reader {
		list = append(list, Member{ID: st.Self, Label: st.Label, Role: Reader, Self: true})
	}
	slices.SortFunc(list, func(a, b Member) int { return strings.Compare(a.Label, b.Label) })
	return list, nil
}

// Settings are what the owner can change of a group. Zero values leave it as it is.
type Settings struct {
	Patterns []string
	Beat     time.Duration
	Receipts *bool
}

// Change changes settings, in one commit. Codes: Denied for who is not the owner;
// InvalidName for a pattern; InvalidValue.
func (g *Group) Change(ctx context.Context, c Settings) error {
	const op = "group set"
	return g.change(ctx, op, func(s *standing) error {
		if err := s.owner(); err != nil {
			return err
		}
		if len(c.Patterns) > 0 {
			patterns, err := checkedPatterns(op, c.Patterns)
			if err != nil {
				return err
			}
			s.amend().Patterns = patterns
		}
		if c.Beat != 0 {
			if err := checkBeat(op, c.Beat); err != nil {
				return err
			}
			s.amend().Beat = uint64(c.Beat / time.Second)
		}
		if c.Receipts != nil {
			s.amend().Receipts = *c.Receipts
		}
		s.unchanged = s.draft == nil
		return nil
	})
}

// ofGroup tells whether a record is one of the group.
func ofGroup(name string, id bundle.GroupID) bool {
	return name == stateName(id) || strings.HasPrefix(name, stateName(id)+"-")
}

func printableLabel(label string) string { return shown.Line(label, 40) }
