package keys

import (
	"context"
	"fmt"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// defaultTTL is how long an agent runs: a working day.
const defaultTTL = 8 * time.Hour

// agentOptions say what an agent is for.
type agentOptions struct {
	ttl       time.Duration
	idle      time.Duration
	only      urfave.StringSlice
	readOnly  bool
	allowExec urfave.StringSlice
	session   bool
	readyFD   int // hidden: the pipe of the unlock that started it; NoFD where systemd or a user did
}

func (o *agentOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.DurationFlag{Name: "ttl", Usage: "lock after this `DURATION`, sleep included; 0: no limit", Value: defaultTTL, Destination: &o.ttl},
		&urfave.DurationFlag{Name: "idle", Usage: "lock when not used for this `DURATION`; 0: no limit", Destination: &o.idle},
		&urfave.StringSliceFlag{Name: "only", Usage: "only secrets whose names match `GLOB`; may be repeated", Destination: &o.only},
		&urfave.BoolFlag{Name: "read-only", Usage: "no changes", Destination: &o.readOnly},
		&urfave.StringSliceFlag{Name: "allow-exec", Usage: "only the program at `PATH`, besides tacit, may ask the agent; may be repeated", Destination: &o.allowExec},
	}
}

// grant is what the agent's socket is for.
func (o *agentOptions) grant() wire.Grant {
	return wire.Grant{Only: o.only.Value(), ReadOnly: o.readOnly}
}

func (o *agentOptions) check() error {
	if o.ttl < 0 || o.idle < 0 {
		return failure.Usage("--ttl and --idle take a duration like 8h or 15m, or 0 for no limit")
	}
	return nil
}

func UnlockCommand(s *frame.Session) *cmdline.Command {
	o := agentOptions{readyFD: cmdline.NoFD}
	return &cmdline.Command{
		Name: "unlock", Group: cmdline.GroupKeys,
		Short: "keep the vault unlocked: start its agent",
		Long: `Opens the vault once, and leaves an agent in the background that has it open, with
its key in memory. Until the agent locks, every command goes through it and asks
for nothing. It locks at its time limit (--ttl), when it was idle (--idle), at
tacit lock, at SIGTERM, and with --session when the shell that started it ends.

While it runs, any program of this user can read the secrets through it, just as
it could read them while you type your passphrase. --allow-exec names the programs
that may; --only and --read-only give less than everything. If an agent already
runs, --only and --read-only open one more socket of it, and print what points a
shell to it: eval "$(tacit unlock --only 'APP_*' --read-only)".

The agent speaks HTTP and JSON on a Unix socket: see docs/agent-api.md.`,
		Example: `tacit unlock
tacit unlock --ttl 30m --idle 5m
eval "$(tacit unlock --only 'APP_*' --read-only)"`,
		Codes: []int{failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append(o.flags(),
			&urfave.BoolFlag{Name: "session", Usage: "lock when the terminal session ends that started it", Destination: &o.session},
		),
		Run: func(ctx context.Context, _ []string) error {
			return runUnlock(ctx, s, &o)
		},
	}
}

// unlockJSON is what unlock did.
type unlockJSON struct {
	PID     int    `json:"pid"`
	Socket  string `json:"socket"`
	Expires string `json:"expires,omitempty"`
	Started bool   `json:"started"` // false: an agent was running
}

func runUnlock(ctx context.Context, s *frame.Session, o *agentOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	dir, _, err := s.Locate()
	if err != nil {
		return err
	}
	c, st, err := dialUnlocked(ctx, s, dir)
	if err != nil {
		return err
	}
	started := c == nil
	if started {
		if err := startAgent(ctx, s, o); err != nil {
			return err
		}
		if c, st, err = frame.DialAgent(ctx, s, dir); err != nil {
			return err
		}
		if c == nil {
			return failure.Fault("failed", "the agent has ended").Hinted("{tacit agent run}, to see why")
		}
	}
	defer c.Close()
	socket := c.Path()
	switch {
	case !started && (len(o.only.Value()) > 0 || o.readOnly):
		if socket, err = c.Grant(ctx, o.grant(), o.ttl); err != nil {
			return err
		}
		if !s.JSON {
			fmt.Fprintf(s.Results, "export TACIT_AGENT=%s\n", shellQuote(socket))
		}
	case !started:
		s.Say("unlocked already%s", until(st.Expires))
	default:
		sayUnlocked(s, frame.PathsFor(s, dir), st.Expires)
	}
	if s.JSON {
		return s.WriteJSON(unlockJSON{st.PID, socket, stampOrNone(st.Expires), started})
	}
	return nil
}

// dialUnlocked is DialAgent; at the socket that TACIT_AGENT names none need be
// running yet.
func dialUnlocked(ctx context.Context, s *frame.Session, dir string) (*agent.Client, wire.Status, error) {
	if s.Env("TACIT_AGENT") == "off" {
		return nil, wire.Status{}, failure.Usage("TACIT_AGENT is off").Hinted("unset TACIT_AGENT")
	}
	return frame.DialAgent(ctx, s, dir)
}

func until(t time.Time) string {
	if t.IsZero() {
		return ", without a time limit"
	}
	return " until " + t.Local().Format(time.DateTime)
}

func stampOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return frame.Stamp(t)
}

// shellQuote makes one word of s for any shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
