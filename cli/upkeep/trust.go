package upkeep

import (
	"context"
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

type trustOptions struct {
	acceptRollback bool
	forget         string // a place
	yes            bool
}

func TrustCommand(s *frame.Session) *cmdline.Command {
	var o trustOptions
	return &cmdline.Command{
		Name: "trust", Group: cmdline.GroupVault,
		Short: "have this machine accept the vault as the right one",
		Long: `Shows the vault, and asks whether it is the right one. Three kinds of vault need
that: one that was found in a folder, and was never used here; a copy at another
place that does not come from the newest state that this machine has seen; and a
vault in the place of another one. A vault that was moved, or copied as it is now,
needs no trust. --accept-rollback takes a vault that is older than what this
machine has seen, or forked from it. That needs a key, and commits at once, so
that what was discarded cannot come back. Compare the pin first.

Where this machine knows a vault that is gone, no command takes another in its
place. --forget DIR says that it is not coming back. The machine then forgets that
the vault was at DIR, and its state too if it knows the vault nowhere else.`,
		Example: `tacit trust
tacit trust --accept-rollback --yes
tacit trust --forget ./old/.tacit`,
		Codes: []int{failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "accept-rollback", Usage: "take a vault that was rolled back or forked", Destination: &o.acceptRollback},
			&urfave.StringFlag{Name: "forget", Usage: "forget the vault that was in `DIR` and is gone", Destination: &o.forget, Action: cmdline.Given("--forget")},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask", Destination: &o.yes},
		},
		Run: func(ctx context.Context, _ []string) error {
			return runTrust(ctx, s, o)
		},
	}
}

func runTrust(ctx context.Context, s *frame.Session, o trustOptions) error {
	if o.forget != "" {
		return runForget(ctx, s, o)
	}
	dir, _, err := s.Locate()
	if err != nil {
		return err
	}
	options := vault.TrustOptions{
		Options: s.Options(false), AcceptRollback: o.acceptRollback,
		Confirm: func(st vault.Status) error { return confirmTrust(ctx, s, st, o) },
	}
	var st vault.Status
	try := func(keys ...keyring.Key) (err error) {
		options.Keys = keys
		st, err = vault.Trust(ctx, dir, options)
		return err
	}
	release, err := frame.WithoutAgent(ctx, s, dir)
	if err != nil {
		return err
	}
	defer release()
	system.Undumpable()
	w, err := s.AvailableKeys(ctx)
	switch {
	case w.Given && err != nil, o.acceptRollback && err != nil:
		return err
	case w.Given:
		err = try(w.Keys...)
	case !o.acceptRollback:
		err = try()
	default:
		// Without a key it tells what no key would help.
		if err = try(w.Keys...); errors.Is(err, vault.WrongKey) || errors.Is(err, vault.Locked) {
			err = s.AskPassphrase(ctx, w, try)
		}
	}
	if err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(frame.StatusOf(st))
	}
	s.Say("this machine trusts %s at commit %d", st.Path, st.Seq)
	return nil
}

// confirmTrust shows what is about to be trusted, and asks.
func confirmTrust(ctx context.Context, s *frame.Session, st vault.Status, o trustOptions) error {
	if !s.JSON {
		rows := [][2]string{
			{"vault", st.Path},
			{"id", st.ID},
			{"pin", st.Pin},
			{"commits", fmt.Sprintf("%d, the last on %s", st.Seq, frame.Stamp(st.Changed))},
			{"secrets", fmt.Sprint(st.Names)},
		}
		if st.Newer != nil {
			rows = append(rows, [2]string{"newer", st.Newer.String()})
		}
		for _, row := range rows {
			fmt.Fprintf(s.Err, "%-8s %s\n", row[0], failure.Printable(row[1]))
		}
	}
	if o.yes {
		return nil
	}
	s.ExplainPin()
	question := "Trust this vault on this machine?"
	if o.acceptRollback {
		question = "Take this vault as it is, and discard what was newer?"
	}
	return s.Confirm(ctx, "--yes", "%s", question)
}
