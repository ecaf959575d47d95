package group

import (
	"context"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

// runRecover finds a group by its recovery phrase alone, and takes its values. To become
// the owner is a step of its own: a new owner that lacks values gives them up for all.
func runRecover(ctx context.Context, s *frame.Session, o *options) error {
	at, err := absolutes(s, o.at.Value())
	if err != nil {
		return err
	}
	if len(at) == 0 {
		return failure.Usage("group recover: where do the group’s files lie?").Hinted("--at ADDRESS, a folder or nats://HOST")
	}
	r := group.Recovery{Label: memberLabel(o.label), Prefix: o.prefix, Places: at}
	if o.id != "" {
		if r.Group, err = group.ParseID(o.id); err != nil || r.Group == (group.ID{}) {
			return failure.Usage("--id %s: a group’s id is 32 of 0 to 9 and a to f", failure.Printable(o.id)).Hinted("{tacit group show NAME} prints it")
		}
	}
	if r.Phrase, err = askRecovery(ctx, s); err != nil {
		return err
	}
	defer clear(r.Phrase)
	var st group.Status
	err = writingAlone(ctx, s, func(h *hand) error {
		p, err := h.places(ctx, at)
		if err != nil {
			return err
		}
		if err := p.check(); err != nil {
			return err
		}
		g, err := group.Recover(ctx, h.Vault, r, p.list...)
		if err != nil {
			return unrecovered(err)
		}
		report, err := g.Sync(ctx, group.SyncOptions{}, p.list...)
		if err != nil {
			return told(err)
		}
		if st, err = g.Show(ctx); err == nil && !s.JSON {
			warnSync(s, nameOf(st), report)
		}
		return err
	})
	if err != nil {
		return err
	}
	if !s.JSON {
		s.Say("the group’s id is %s: compare it with the one that you have noted", st.ID)
		s.Say("tacit group takeover %s, with the same phrase, makes this vault the owner", shell.Quote(nameOf(st)))
	}
	return changed(s, st, "reads %s: %s", nameOf(st), frame.Count(st.Names, "secret"))
}

// unrecovered adds the way out of what Recover refuses.
func unrecovered(err error) error {
	switch vault.CodeOf(err) {
	case vault.NotFound:
		return failure.Explain(err).Hinted("look at the words and the address once more; {tacit man --recovery-group} prints a script that needs no tacit")
	case vault.Exists:
		return failure.Explain(err).Hinted("{tacit group list} shows the groups of this vault; of several at one address: --id ID")
	}
	return err
}
