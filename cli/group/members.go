package group

import (
	"context"
	"slices"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/vault/group"
)

// memberJSON is a member.
type memberJSON struct {
	ID       string `json:"id"`
	Label    string `json:"label"`
	Role     string `json:"role"`
	Self     bool   `json:"self"`
	Admitted string `json:"admitted"`
	Seen     string `json:"seen"`
	Behind   bool   `json:"behind"`
}

func runMembers(ctx context.Context, s *frame.Session, o *options) error {
	var list []group.Member
	var id group.ID
	err := reading(ctx, s, o.name, func(g *group.Group) (err error) {
		id = g.ID()
		list, err = g.Members(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if o.behind {
		list = slices.DeleteFunc(list, func(m group.Member) bool { return !m.Behind })
	}
	if o.nats {
		return printAllowed(s, id, list)
	}
	if s.JSON {
		out := make([]memberJSON, len(list))
		for i, m := range list {
			out[i] = memberJSON{m.ID.String(), m.Label, string(m.Role), m.Self, frame.Stamp(m.Admitted), frame.Stamp(m.Seen), m.Behind}
		}
		return s.WriteJSON(out)
	}
	rows := make([][]string, len(list))
	for i, m := range list {
		state := "-"
		switch {
		case m.Self:
			state = "this vault"
		case m.Behind:
			state = "behind"
		}
		rows[i] = []string{m.Label, string(m.Role), frame.Day(m.Admitted), ago(s, m.Seen), state, m.ID.String()}
	}
	frame.PrintRows(s, []table.Column{
		{Title: "MEMBER", Least: 8},
		{Title: "ROLE"},
		{Title: "ADMITTED", Falls: 2},
		{Title: "SEEN", Falls: 3},
		{Title: "STATE"},
		{Title: "ID", Falls: 1},
	}, rows)
	return nil
}
