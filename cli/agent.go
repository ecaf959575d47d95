package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
)

func agentCommand(s *session) *command {
	o := agentOptions{readyFD: noFD}
	subs := agentSubcommands()
	return &command{
		name: "agent", group: groupKeys, args: "status|run", min: 1, max: 1,
		short:   "show whether an agent runs, or be one in the foreground",
		long:    longOf(subs),
		example: examplesOf(subs),
		subs:    subs,
		codes:   []int{exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: append(o.flags(),
			&urfave.BoolFlag{Name: "session", Usage: "lock when the terminal session ends that started it", Destination: &o.session},
			&urfave.IntFlag{Name: "ready-fd", Usage: "for tacit unlock: the descriptor `N` on which to say that it is ready", Hidden: true, Value: noFD, Destination: &o.readyFD},
		),
		run: func(ctx context.Context, args []string) error {
			switch args[0] {
			case "status":
				return runAgentStatus(ctx, s)
			case "run":
				return runAgent(ctx, s, &o)
			}
			return unknownSub("agent", args[0], []string{"status", "run"})
		},
	}
}

func agentSubcommands() []subcommand {
	return []subcommand{
		{
			name: "status", short: "show which process has the vault unlocked",
			long: `tacit agent status prints which process has the vault unlocked, for how long, and
what its socket allows. The exit code is 6 if no agent runs.`,
			example: "tacit agent status --json | jq -r .expires",
		},
		{
			name: "run", short: "be the agent, in the foreground",
			flags: []string{"ttl", "idle", "only", "read-only", "allow-exec", "session"},
			long: `tacit agent run is the agent itself, in the foreground, for systemd. systemd can
hand it its socket (LISTEN_FDS), learns from it that it is ready (NOTIFY_SOCKET),
and gives it its key as a credential. docs/systemd-agent.md has the units. A socket
that its unit calls "credentials" (FileDescriptorName=) serves LoadCredential= in
other units. The agent logs names, never values, to standard error. It takes the
same flags as tacit unlock.`,
			example: "tacit agent run --ttl 0 --no-input",
		},
	}
}

// agentJSON is an agent's status.
type agentJSON struct {
	PID      int      `json:"pid"`
	Vault    string   `json:"vault"`
	Socket   string   `json:"socket"`
	Started  string   `json:"started"`
	Expires  string   `json:"expires,omitempty"`
	Idle     string   `json:"idle,omitempty"`
	Only     []string `json:"only"`
	ReadOnly bool     `json:"read_only"`
}

func runAgentStatus(ctx context.Context, s *session) error {
	if err := noAgentHere("agent status"); err != nil {
		return err
	}
	dir, _, err := s.locate()
	if err != nil {
		return err
	}
	c, st, err := s.dialAgent(ctx, dir)
	if err != nil {
		return err
	}
	if c == nil {
		return fault(vault.Locked, "no agent is running for %s", dir).hinted("tacit unlock")
	}
	defer c.Close()
	if s.json {
		j := agentJSON{
			PID: st.PID, Vault: st.Vault.Path, Socket: c.Path(), Started: stamp(st.Started), Expires: stampOrNone(st.Expires),
			Only: st.Grant.Only, ReadOnly: st.Grant.ReadOnly,
		}
		if st.Idle > 0 {
			j.Idle = st.Idle.String()
		}
		return s.writeJSON(j)
	}
	for _, row := range [][2]string{
		{"vault", st.Vault.Path},
		{"pid", fmt.Sprint(st.PID)},
		{"socket", c.Path()},
		{"started", stamp(st.Started)},
		{"expires", orNever(stampOrNone(st.Expires))},
		{"idle", idleText(st.Idle)},
		{"for", grantText(st.Grant)},
	} {
		fmt.Fprintf(s.out, "%-8s %s\n", row[0], printable(row[1]))
	}
	return nil
}

func orNever(text string) string {
	if text == "" {
		return "never"
	}
	return text
}

func idleText(d time.Duration) string {
	if d == 0 {
		return "no limit"
	}
	return "locks after " + d.String()
}

func grantText(g agent.Grant) string {
	what := "every secret"
	if len(g.Only) > 0 {
		what = strings.Join(g.Only, " ")
	}
	if g.ReadOnly {
		return what + ", reading only"
	}
	return what
}
