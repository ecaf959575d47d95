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
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

func AgentCommand(s *frame.Session) *cmdline.Command {
	o := agentOptions{readyFD: cmdline.NoFD}
	subs := agentSubcommands()
	return &cmdline.Command{
		Name: "agent", Group: cmdline.GroupKeys, Args: "status|list|run", Min: 1, Max: 1,
		Short:   "show which agents run, or be one in the foreground",
		Long:    cmdline.LongOf(subs),
		Example: cmdline.ExamplesOf(subs),
		Subs:    subs,
		Codes:   []int{failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append(o.flags(),
			&urfave.BoolFlag{Name: "session", Usage: "lock when the terminal session ends that started it", Destination: &o.session},
			&urfave.IntFlag{Name: "ready-fd", Usage: "for tacit unlock: the descriptor `N` on which to say that it is ready", Hidden: true, Value: cmdline.NoFD, Destination: &o.readyFD},
		),
		Run: func(ctx context.Context, args []string) error {
			switch args[0] {
			case "status":
				return runAgentStatus(ctx, s)
			case "list":
				return runAgentList(ctx, s)
			case "run":
				return runAgent(ctx, s, &o)
			}
			return cmdline.UnknownSub("agent", args[0], []string{"status", "list", "run"})
		},
	}
}

func agentSubcommands() []cmdline.Subcommand {
	return []cmdline.Subcommand{
		{
			Name: "status", Short: "show which process has the vault unlocked",
			Long: `tacit agent status prints which process has the vault unlocked, for how long, and
what its socket allows. The exit code is 6 if no agent runs.`,
			Example: "tacit agent status --json | jq -r .expires",
		},
		{
			Name: "list", Short: "list every agent of yours",
			Long: `tacit agent list prints each agent of this user, one a line: the vault that it has
unlocked, the folders that this is attached to, when it locks, what it is for, and
its process. A "silent" agent does not answer, a "lost" one has lost its socket;
tacit lock --all ends these, too.`,
			Example: "tacit agent list",
		},
		{
			Name: "run", Short: "be the agent, in the foreground",
			Flags: []string{"ttl", "idle", "only", "read-only", "allow-exec", "session"},
			Long: `tacit agent run is the agent itself, in the foreground, for systemd. systemd can
hand it its socket (LISTEN_FDS), learns from it that it is ready (NOTIFY_SOCKET),
and gives it its key as a credential. docs/systemd-agent.md has the units. A socket
that its unit calls "credentials" (FileDescriptorName=) serves LoadCredential= in
other units. The agent logs names, never values, to standard error. It takes the
same flags as tacit unlock.`,
			Example: "tacit agent run --ttl 0 --no-input",
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

	what    string // all that it is for, in words
	expires time.Time
}

// toAgentJSON is what an agent has told of itself, at its socket.
func toAgentJSON(socket string, st wire.Status) agentJSON {
	j := agentJSON{
		PID: st.PID, Vault: st.Vault.Path, Socket: socket, Started: frame.Stamp(st.Started), Expires: stampOrNone(st.Expires),
		Only: st.Grant.Only, ReadOnly: st.Grant.ReadOnly, what: grantText(st.Grant), expires: st.Expires,
	}
	if st.Idle > 0 {
		j.Idle = st.Idle.String()
	}
	return j
}

func runAgentStatus(ctx context.Context, s *frame.Session) error {
	if err := frame.NoAgentHere("agent status"); err != nil {
		return err
	}
	dir, _, err := s.Locate()
	if err != nil {
		return err
	}
	c, st, err := frame.DialAgent(ctx, s, dir)
	if err != nil {
		return err
	}
	if c == nil {
		return failure.Fault(vault.Locked, "no agent is running for %s", dir).Hinted("{tacit unlock}")
	}
	defer c.Close()
	if s.JSON {
		return s.WriteJSON(toAgentJSON(c.Path(), st))
	}
	for _, row := range [][2]string{
		{"vault", st.Vault.Path},
		{"pid", fmt.Sprint(st.PID)},
		{"socket", c.Path()},
		{"started", frame.Stamp(st.Started)},
		{"expires", orNever(stampOrNone(st.Expires))},
		{"idle", idleText(st.Idle)},
		{"for", grantText(st.Grant)},
	} {
		fmt.Fprintf(s.Results, "%-8s %s\n", row[0], failure.Printable(row[1]))
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

func grantText(g wire.Grant) string {
	what := "every secret"
	if len(g.Only) > 0 {
		what = strings.Join(g.Only, " ")
	}
	if g.ReadOnly {
		return what + ", reading only"
	}
	return what
}
