package group

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

// everything is the pattern of --all.
const everything = "*"

// patterns are those of --only and --all.
func (o *options) patterns(required bool) ([]string, error) {
	only := o.only.Value()
	switch {
	case o.all && len(only) > 0:
		return nil, failure.Usage("--only and --all: give one of them")
	case o.all:
		return []string{everything}, nil
	case required && len(only) == 0:
		return nil, failure.Usage("group create: which secrets?").Hinted("--only PATTERN, which may be repeated, or --all")
	}
	for _, p := range only {
		if err := group.CheckPattern(p); err != nil {
			return nil, err
		}
	}
	return only, nil
}

func runCreate(ctx context.Context, s *frame.Session, o *options) error {
	patterns, err := o.patterns(true)
	if err != nil {
		return err
	}
	at, err := absolutes(s, o.at.Value())
	if err != nil {
		return err
	}
	if err := o.confirmScope(ctx, s, patterns); err != nil {
		return err
	}
	n := group.NewGroup{
		Label: o.name, Patterns: patterns, Member: memberLabel(o.label), PostQuantum: o.pq,
		Receipts: o.receipts, Beat: o.beat, Places: at,
	}
	if !o.noRecovery {
		if n.Recovery, err = newRecovery(ctx, s); err != nil {
			return err
		}
		defer clear(n.Recovery)
	}
	if err := makePlaces(at); err != nil {
		return err
	}
	var st group.Status
	err = writingAlone(ctx, s, func(h *hand) error {
		g, err := group.Create(ctx, h.Vault, n)
		if err != nil {
			return told(err)
		}
		p, err := h.places(ctx, at)
		if err != nil {
			return err
		}
		if err := bring(ctx, s, g, p); err != nil {
			return told(err)
		}
		st, err = g.Show(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if len(at) == 0 {
		s.Say("%s has no address yet: tacit group set %s --at ADDRESS gives it one", st.Label, st.Label)
	}
	return changed(s, st, "made the group %s of %s", st.Label, frame.Count(st.Names, "secret"))
}

// memberLabel is what this vault is called in the group: what was given, else the
// machine's name as far as it can be a label.
func memberLabel(given string) string {
	if given != "" {
		return given
	}
	host, _ := os.Hostname()
	host, _, _ = strings.Cut(strings.ToLower(host), ".")
	label := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, host)
	if label = strings.Trim(label, "-"); label == "" {
		return "member"
	}
	return label[:min(len(label), 40)]
}

// confirmScope prints how many secrets the patterns take in, and asks before all of
// them.
func (o *options) confirmScope(ctx context.Context, s *frame.Session, patterns []string) error {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	infos, err := v.List(ctx, vault.ListOptions{})
	if err != nil {
		return err
	}
	taken := len(slices.DeleteFunc(infos, func(in vault.Info) bool { return !group.InScope(patterns, in.Name) }))
	if !slices.Contains(patterns, everything) || o.yes {
		if !s.JSON {
			s.Say("the group takes in %s of %s", frame.Count(taken, "secret"), failure.Printable(v.Status().Path))
		}
		return nil
	}
	return s.Confirm(ctx, "--yes", "Every secret of %s goes to the members: %s now, and each later one. Go on?", failure.Printable(v.Status().Path), frame.Count(taken, "secret"))
}
