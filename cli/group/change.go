package group

import (
	"context"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

// A change of the group is a commit of this vault, and then goes to the others as every
// change does. Where no address can be reached it waits for the next sync: it is done.

// change is something that is done to a group.
type change struct {
	name  string // of the group
	first bool   // take what others have first
	do    func(ctx context.Context, g *group.Group, p []group.Place) error
}

// make does it, and returns the group as it is then.
func (c change) make(ctx context.Context, s *frame.Session) (st group.Status, err error) {
	err = writing(ctx, s, c.name, func(h *hand, g *group.Group) error {
		st, err = g.Known(ctx)
		if err != nil {
			return err
		}
		p, err := h.places(ctx, st.Places)
		if err != nil {
			return err
		}
		if c.first && len(p.list) > 0 {
			if _, err := g.Sync(ctx, group.SyncOptions{}, p.list...); err != nil && vault.CodeOf(err) != vault.Unreachable {
				return err
			}
		}
		if err := c.do(ctx, g, p.list); err != nil {
			return err
		}
		if err := bring(ctx, s, g, p); err != nil {
			return err
		}
		st, err = g.Show(ctx)
		return err
	})
	return st, err
}

// bring takes a change that is done to the others. That it cannot yet is no failure.
func bring(ctx context.Context, s *frame.Session, g *group.Group, p places) error {
	if err := p.check(); err != nil {
		s.Warn("it is done here, and goes to the others with the next tacit sync: %s", failure.Explain(err).Message)
		return nil
	}
	if len(p.list) == 0 {
		return nil
	}
	st, err := g.Known(ctx)
	if err != nil {
		return err
	}
	r, err := g.Sync(ctx, group.SyncOptions{}, p.list...)
	warnSync(s, nameOf(st), r)
	if vault.CodeOf(err) == vault.Unreachable {
		s.Warn("it is done here, and goes to the others with the next tacit sync: %v", err)
		return nil
	}
	return err
}

// changed says what was done.
func changed(s *frame.Session, st group.Status, format string, args ...any) error {
	if s.JSON {
		return s.WriteJSON(toStatusJSON(st))
	}
	s.Did(format+"%s", append(args, s.InVault())...)
	return nil
}
