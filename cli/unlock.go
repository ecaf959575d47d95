package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault/agent"
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
	readyFD   int // hidden: the pipe of the unlock that started it; noFD where systemd or a user did
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
func (o *agentOptions) grant() agent.Grant {
	return agent.Grant{Only: o.only.Value(), ReadOnly: o.readOnly}
}

func (o *agentOptions) check() error {
	if o.ttl < 0 || o.idle < 0 {
		return usage("--ttl and --idle take a duration like 8h or 15m, or 0 for no limit")
	}
	return nil
}

func unlockCommand(s *session) *command {
	o := agentOptions{readyFD: noFD}
	return &command{
		name: "unlock", group: groupKeys,
		short: "keep the vault unlocked: start its agent",
		long: `Opens the vault once, and leaves an agent in the background that has it open, with
its key in memory. Until the agent locks, every command goes through it and asks
for nothing. It locks at its time limit (--ttl), when it was idle (--idle), at
tacit lock, at SIGTERM, and with --session when the shell that started it ends.

While it runs, any program of this user can read the secrets through it, just as
it could read them while you type your passphrase. --allow-exec names the programs
that may; --only and --read-only give less than everything. If an agent already
runs, --only and --read-only open one more socket of it, and print what points a
shell to it: eval "$(tacit unlock --only 'APP_*' --read-only)".

The agent speaks HTTP and JSON on a Unix socket: see docs/agent-api.md.`,
		example: `tacit unlock
tacit unlock --ttl 30m --idle 5m
eval "$(tacit unlock --only 'APP_*' --read-only)"`,
		codes: []int{exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: append(o.flags(),
			&urfave.BoolFlag{Name: "session", Usage: "lock when the terminal session ends that started it", Destination: &o.session},
		),
		run: func(ctx context.Context, _ []string) error {
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

func runUnlock(ctx context.Context, s *session, o *agentOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	dir, _, err := s.locate()
	if err != nil {
		return err
	}
	c, st, err := s.dialUnlocked(ctx, dir)
	if err != nil {
		return err
	}
	started := c == nil
	if started {
		if err := s.startAgent(ctx, o); err != nil {
			return err
		}
		if c, st, err = s.dialAgent(ctx, dir); err != nil {
			return err
		}
		if c == nil {
			return fault("failed", "the agent has ended").hinted("tacit agent run, to see why")
		}
	}
	defer c.Close()
	socket := c.Path()
	switch {
	case !started && (len(o.only.Value()) > 0 || o.readOnly):
		if socket, err = c.Grant(ctx, o.grant(), o.ttl); err != nil {
			return err
		}
		if !s.json {
			fmt.Fprintf(s.out, "export TACIT_AGENT=%s\n", shellQuote(socket))
		}
	case !started:
		s.say("unlocked already%s", until(st.Expires))
	default:
		s.say("unlocked%s; tacit lock ends it", until(st.Expires))
	}
	if s.json {
		return s.writeJSON(unlockJSON{st.PID, socket, stampOrNone(st.Expires), started})
	}
	return nil
}

// dialUnlocked is dialAgent; at the socket that TACIT_AGENT names none need be
// running yet.
func (s *session) dialUnlocked(ctx context.Context, dir string) (*agent.Client, agent.Status, error) {
	if s.Env("TACIT_AGENT") == "off" {
		return nil, agent.Status{}, usage("TACIT_AGENT is off").hinted("unset TACIT_AGENT")
	}
	return s.dialAgent(ctx, dir)
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
	return stamp(t)
}

// shellQuote makes one word of s for any shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
