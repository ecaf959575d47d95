package group

import (
	"context"
	"strconv"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

// allInvites is --close of every invitation.
const allInvites = "all"

// openInviteJSON is an invitation that can still be used.
type openInviteJSON struct {
	ID       string `json:"id"`
	Role     string `json:"role"`
	Label    string `json:"label"` // "": the member names itself
	Left     int    `json:"left"`
	Expires  string `json:"expires"`
	Secret   bool   `json:"secret"`
	Replaces string `json:"replaces,omitempty"`
}

func runInvites(ctx context.Context, s *frame.Session, o *options) error {
	if shut := o.shut.Value(); len(shut) > 0 {
		return closeInvites(ctx, s, o.name, shut)
	}
	var list []group.OpenInvite
	err := reading(ctx, s, o.name, func(g *group.Group) (err error) {
		list, err = g.Invites(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if s.JSON {
		out := make([]openInviteJSON, len(list))
		for i, v := range list {
			out[i] = openInviteJSON{v.ID.String(), string(v.Role), v.Label, v.Left, frame.Stamp(v.Expires), !v.Public, v.Replaces}
		}
		return s.WriteJSON(out)
	}
	rows := make([][]string, len(list))
	for i, v := range list {
		label := v.Label
		if label == "" {
			label = "-"
		}
		rows[i] = []string{v.ID.String(), string(v.Role), label, strconv.Itoa(v.Left), frame.Stamp(v.Expires)}
	}
	frame.PrintRows(s, []table.Column{{Title: "ID"}, {Title: "ROLE"}, {Title: "MEMBER", Falls: 2, Least: 8}, {Title: "LEFT", Right: true, Falls: 1}, {Title: "UNTIL"}}, rows)
	if len(list) == 0 {
		s.Note("no invitation is open")
	}
	return nil
}

func closeInvites(ctx context.Context, s *frame.Session, name string, texts []string) error {
	var ids []group.InviteID
	for _, text := range texts {
		if text == allInvites {
			continue
		}
		id, err := group.ParseInviteID(text)
		if err != nil {
			return failure.Usage("--close %s: an invitation’s id is 16 of 0 to 9 and a to f", failure.Printable(text)).Hinted("{tacit group invites %s} lists them; --close all closes every one", shell.Quote(name))
		}
		ids = append(ids, id)
	}
	err := writing(ctx, s, name, func(_ *hand, g *group.Group) error {
		if len(ids) < len(texts) {
			open, err := g.Invites(ctx)
			if err != nil {
				return err
			}
			ids = nil
			for _, v := range open {
				ids = append(ids, v.ID)
			}
		}
		return g.CloseInvites(ctx, ids...)
	})
	if vault.CodeOf(err) == vault.NotFound {
		err = failure.Explain(err).Hinted("{tacit group invites %s} lists those that are open", shell.Quote(name))
	}
	if err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(struct {
			Closed int `json:"closed"`
		}{len(ids)})
	}
	s.Did("closed %s of %s%s", frame.Count(len(ids), "invitation"), failure.Printable(name), s.InVault())
	return nil
}
