package status

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
)

// printBrief is the status for people: what is asked first.
func printBrief(ctx context.Context, s *frame.Session, v frame.OpenVault, around [][2]string) error {
	st := v.Status()
	system.CollectIfLarge(v.Status().Names)
	infos, err := v.List(ctx, vault.ListOptions{Details: true})
	if err != nil {
		return err
	}
	head := style.Words(failure.Printable(st.Path) + "  ")
	if st.Newer == nil {
		head = append(head, style.Span{Role: style.Strong, Text: "ok"})
	} else {
		head = append(head, style.Badge(style.Look, "BEHIND"))
	}
	frame.PrintLine(s, head)
	frame.PrintLine(s, content(s, infos))
	opened, err := openedBy(ctx, s, v)
	if err != nil {
		return err
	}
	row := func(name, text string) {
		frame.PrintLine(s, style.Words(fmt.Sprintf("  %-10s %s", name, failure.Printable(text))))
	}
	row("opened by", opened)
	row("changed", fmt.Sprintf("%s ago, commit %d", s.Age(st.Changed), st.Seq))
	frame.PrintLine(s, backedUp(s, st))
	if st.Newer != nil {
		row("newer", st.Newer.String())
	}
	for _, r := range around {
		row(r[0], r[1])
	}
	return nil
}

// backedUp is when this machine last wrote the vault to a backup.
func backedUp(s *frame.Session, st vault.Status) style.Line {
	l := style.Words(fmt.Sprintf("  %-10s ", "backed up"))
	if at := vault.BackedUp(s.State, st); !at.IsZero() {
		return l.Then(s.Age(at) + " ago")
	}
	l = append(l, style.Badge(style.Look, "NEVER"), style.Span{Text: "  "}, style.Span{Role: style.Strong, Text: "try:"})
	return l.Then(" " + s.PathsAround().Tell(failure.HintOf("{tacit backup FILE}")))
}

// content is "412 secrets, 1 [EXPIRED], 3 within 30 days".
func content(s *frame.Session, infos []vault.Info) style.Line {
	l := style.Words("  " + frame.Count(len(infos), "secret"))
	expired, due := frame.CountDue(infos, s.Now())
	if expired > 0 {
		l = append(l.Then(fmt.Sprintf(", %d ", expired)), style.Badge(style.Wrong, "EXPIRED"))
	}
	if due > 0 {
		l = l.Then(fmt.Sprintf(", %d within 30 days", due))
	}
	return l
}

// openedBy is the agent, if one has the vault open, and the key slots.
func openedBy(ctx context.Context, s *frame.Session, v frame.OpenVault) (string, error) {
	slots := ""
	for _, slot := range v.Status().Slots {
		if slots != "" {
			slots += ", "
		}
		slots += slot.Label + " (" + slot.Kind + ")"
	}
	c, ok := v.(*agent.Client)
	if !ok {
		return slots, nil
	}
	st, err := c.AgentStatus(ctx)
	if err != nil {
		return "", err
	}
	text := "agent"
	if !st.Expires.IsZero() {
		text += ", " + frame.Span(st.Expires.Sub(s.Now())) + " left"
	}
	if slots != "" {
		text += "; " + slots
	}
	return text, nil
}
