package ui

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

// Rooms is what other rooms do for this one.
type Rooms struct {
	// QR shows a secret as a QR code on a page of its own.
	QR func(ctx context.Context, s *frame.Session, secret vault.Secret, file string, show frame.ShowFor) error
	// Conflicts reads the values of a name that lost. The caller wipes them.
	Conflicts func(ctx context.Context, s *frame.Session, name string) ([]group.Conflict, error)
	// Invite makes an invitation to a group, with what the command makes where nothing is
	// said, and returns its code. The caller wipes it.
	Invite func(ctx context.Context, s *frame.Session, name string, role group.Role, label string) ([]byte, error)
}

// options are those of the command line.
type options struct {
	idle     time.Duration
	readOnly bool
	mouse    bool
	show     frame.ShowFor
}

// Limits of the time without keys after which nobody is there.
const (
	defaultIdle = 5 * time.Minute
	leastIdle   = time.Second
	mostIdle    = 24 * time.Hour
)

// Command is ui.
func Command(s *frame.Session, rooms Rooms) *cmdline.Command {
	var o options
	return &cmdline.Command{
		Name: "ui", Group: cmdline.GroupSecrets,
		Short: "the secrets on a screen: search, show, copy, change",
		Long: `Shows the names of the vault's secrets on a screen. Typing searches: words in any
order, labels as env=prod. Enter opens a secret with its versions. ? lists the keys,
each with the command that does the same. No key is needed until a value is.

Tab goes to the other views: the environments of the project beside one another, the
groups with their members and conflicts, and what doctor finds. Of the environments,
values are compared where an agent or an identity opens them; elsewhere "locked"
stands beside the version. @ goes on with another environment, or another vault that
this machine knows.

A value is shown on a page of its own, which is erased at any key or after 30
seconds. Who records the terminal sees what you see: script, a bastion, tmux
pipe-pane. After five minutes without a key the names are taken away, and a
passphrase that was typed is forgotten; an agent keeps its own time.

The screen is drawn by the program tacit-ui, which has to lie beside tacit. It gets
names, labels and times, and never a value. With ACCESSIBLE=1 or TERM=dumb there are
numbered questions instead, and nothing is drawn. tacit help screen has the keys.`,
		Example: `tacit ui
tacit ui @prod --read-only
tacit ui --show-for 10s --idle 1m`,
		Codes: []int{failure.ExitInvalid, failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.DurationFlag{Name: "idle", Value: defaultIdle, Usage: "take the names away after a `DURATION` without a key", Destination: &o.idle},
			o.show.Flag(),
			&urfave.BoolFlag{Name: "read-only", Usage: "change nothing", Destination: &o.readOnly},
			&urfave.BoolFlag{Name: "mouse", Usage: "take the wheel; the terminal then selects no text", Destination: &o.mouse},
		},
		Run: func(ctx context.Context, _ []string) error {
			if err := o.check(s); err != nil {
				return err
			}
			s.Borrows = true // for what is run in it
			d := &desk{s: s, o: o, rooms: rooms}
			defer d.forget()
			if frame.Linear(s) {
				return d.askOn(ctx)
			}
			return d.show(ctx)
		},
	}
}

// check refuses what cannot be shown, and says what can.
func (o options) check(s *frame.Session) error {
	switch {
	case s.JSON:
		return failure.Usage("ui is for people").Hinted("{tacit ls --json}")
	case s.PassphraseFD != cmdline.NoFD:
		return failure.Usage("ui opens the vault more than once, and --passphrase-fd can be read once").Hinted("--passphrase-file FILE, or {tacit unlock}")
	case !terminal.IsTerminal(s.In) || !terminal.IsTerminal(s.Out) || s.NoInput:
		return failure.Usage("ui needs a terminal, as standard input and output").Hinted("{tacit ls}")
	case o.idle < leastIdle || o.idle > mostIdle:
		return failure.Usage("--idle takes one second to 24 hours, not %s", o.idle).Hinted("--idle 5m")
	}
	return o.show.Check()
}
