package group

import (
	"context"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

func runAdmit(ctx context.Context, s *frame.Session, o *options) error {
	role := group.Role("") // that of the invitation
	if o.role != "" {
		var err error
		if role, err = checkRole(o.role); err != nil {
			return err
		}
	}
	var member group.Member
	st, err := change{name: o.name, first: true, do: func(ctx context.Context, g *group.Group, p []group.Place) (err error) {
		member, err = g.Admit(ctx, group.Admission{Check: o.args[0], Role: role, Label: o.label}, p...)
		return err
	}}.make(ctx, s)
	if err != nil {
		return err
	}
	return changed(s, st, "admitted %s to %s as %s", member.Label, nameOf(st), member.Role)
}

func runRemove(ctx context.Context, s *frame.Session, o *options) error {
	who := failure.Printable(strings.Join(o.args, ", "))
	if !o.yes && s.Askable() {
		if err := s.Confirm(ctx, "--yes", "Remove %s from %s, and give the group new keys?", who, failure.Printable(o.name)); err != nil {
			return err
		}
	}
	st, err := change{name: o.name, first: true, do: func(ctx context.Context, g *group.Group, _ []group.Place) error {
		return noMember(o.name, g.Remove(ctx, o.args...))
	}}.make(ctx, s)
	if err != nil {
		return err
	}
	if !s.JSON {
		s.Say("what %s could read is known there: tacit exposed lists what should be changed", who)
	}
	return changed(s, st, "removed %s from %s", who, nameOf(st))
}

// noMember says where members are listed.
func noMember(name string, err error) error {
	if vault.CodeOf(err) == vault.NotFound {
		return failure.Explain(err).Hinted("{tacit group members %s}", shell.Quote(name))
	}
	return err
}

func runLeave(ctx context.Context, s *frame.Session, o *options) error {
	if !o.yes {
		if err := s.Confirm(ctx, "--yes", "Leave %s? Its secrets stay in this vault, and are no longer kept in step.", failure.Printable(o.name)); err != nil {
			return err
		}
	}
	var was group.Status
	var left group.Left
	err := writing(ctx, s, o.name, func(h *hand, g *group.Group) (err error) {
		if was, err = g.Known(ctx); err != nil {
			return err
		}
		var p places
		if was.Waiting || was.Renewing { // what it asks for is taken back
			if p, err = h.places(ctx, was.Places); err != nil {
				return err
			}
		}
		left, err = g.Leave(ctx, p.list...)
		return err
	})
	if err != nil {
		return err
	}
	if left.Answered {
		s.Say("the owner had answered this vault’s request already, and should remove %s with tacit group remove; a code for one member is used up", was.Member)
	}
	for _, address := range left.Standing {
		s.Warn("the request of this vault may still lie at %s: if the owner’s tacit sync finds it there, the owner should remove %s with tacit group remove", failure.Printable(address), was.Member)
	}
	if s.JSON {
		return s.WriteJSON(struct {
			Left     string   `json:"left"`
			Answered bool     `json:"answered"`
			Standing []string `json:"standing"` // addresses where its request may still lie
		}{o.name, left.Answered, append([]string{}, left.Standing...)})
	}
	s.Did("left %s%s", failure.Printable(o.name), s.InVault())
	return nil
}

func runTakeover(ctx context.Context, s *frame.Session, o *options) error {
	var role group.Role
	if err := reading(ctx, s, o.name, func(g *group.Group) error {
		st, err := g.Known(ctx)
		role = st.Role
		return err
	}); err != nil {
		return err
	}
	var phrase []byte
	var err error
	switch role {
	case group.Owner:
		return failure.Fault(vault.Exists, "group takeover: this vault owns %s already", failure.Printable(o.name))
	case group.Heir:
	default:
		if phrase, err = askRecovery(ctx, s); err != nil {
			return err
		}
		defer clear(phrase)
	}
	if !o.yes && s.Askable() {
		if err := s.Confirm(ctx, "--yes", "Take %s over? The old owner can change nothing in it from then on.", failure.Printable(o.name)); err != nil {
			return err
		}
	}
	st, err := change{name: o.name, first: true, do: func(ctx context.Context, g *group.Group, _ []group.Place) error {
		return g.Takeover(ctx, phrase)
	}}.make(ctx, s)
	if err != nil {
		return err
	}
	return changed(s, st, "this vault owns %s now", nameOf(st))
}

func runRenew(ctx context.Context, s *frame.Session, o *options) error {
	st, err := change{name: o.name, first: true, do: func(ctx context.Context, g *group.Group, _ []group.Place) error {
		return g.Renew(ctx)
	}}.make(ctx, s)
	if err != nil {
		return err
	}
	if st.Renewing {
		return changed(s, st, "asked for new keys of this member of %s: the owner’s next tacit sync gives them", nameOf(st))
	}
	return changed(s, st, "renewed the keys of this member of %s", nameOf(st))
}

func runRejoin(ctx context.Context, s *frame.Session, o *options) error {
	st, err := change{name: o.name, do: func(ctx context.Context, g *group.Group, _ []group.Place) error {
		return g.Rejoin(ctx)
	}}.make(ctx, s)
	if err != nil {
		return err
	}
	return changed(s, st, "this vault goes on in %s under a new id, as soon as the owner has admitted it", nameOf(st))
}

func runAdd(ctx context.Context, s *frame.Session, o *options) error {
	st, err := change{name: o.name, do: func(ctx context.Context, g *group.Group, _ []group.Place) error {
		return g.Share(ctx, o.args...)
	}}.make(ctx, s)
	if err != nil {
		return err
	}
	return changed(s, st, "put %s into %s", strings.Join(o.args, ", "), nameOf(st))
}

func runSet(ctx context.Context, s *frame.Session, o *options) error {
	patterns, err := o.patterns(false)
	if err != nil {
		return err
	}
	at, err := absolutes(s, o.at.Value())
	if err != nil {
		return err
	}
	settings := group.Settings{Patterns: patterns}
	if o.beat != defaultBeat {
		settings.Beat = o.beat
	}
	if o.receipts {
		settings.Receipts = &o.receipts
	}
	forAll := len(patterns) > 0 || settings.Beat != time.Duration(0) || settings.Receipts != nil
	if len(at) == 0 && !forAll {
		return failure.Usage("group set: nothing to change").Hinted("--at ADDRESS, --only PATTERN, --all, --beat DURATION or --receipts")
	}
	if len(patterns) > 0 {
		if err := o.confirmScope(ctx, s, patterns); err != nil {
			return err
		}
	}
	if err := makePlaces(at); err != nil {
		return err
	}
	if len(at) > 0 {
		if err := writing(ctx, s, o.name, func(_ *hand, g *group.Group) error { return g.SetPlaces(ctx, at...) }); err != nil {
			return err
		}
	}
	st, err := change{name: o.name, do: func(ctx context.Context, g *group.Group, _ []group.Place) error {
		if !forAll {
			return nil
		}
		return g.Change(ctx, settings)
	}}.make(ctx, s)
	if err != nil {
		return err
	}
	return changed(s, st, "changed %s", nameOf(st))
}
