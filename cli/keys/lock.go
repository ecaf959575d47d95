package keys

import (
	"context"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

func LockCommand(s *frame.Session) *cmdline.Command {
	all := false
	return &cmdline.Command{
		Name: "lock", Group: cmdline.GroupKeys,
		Short: "end the vault's agent",
		Long: `Ends the agent that tacit unlock has started: it forgets its keys and exits. It
finishes what is under way. If no agent runs, nothing happens. An agent that does
not answer, or has lost its socket, is found by the vault's lock and gets SIGTERM,
at which it locks. --all does this for the agents of every folder with sockets,
and of every vault that this machine has seen.`,
		Example: `tacit lock
tacit lock --all`,
		Codes: []int{failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "all", Usage: "end the agents of all of this user's vaults", Destination: &all},
		},
		Run: func(ctx context.Context, _ []string) error {
			if all {
				return lockAll(ctx, s)
			}
			return lockOne(ctx, s)
		},
	}
}

type lockJSON struct {
	Locked []string `json:"locked"` // the vaults whose agents were ended
}

func lockOne(ctx context.Context, s *frame.Session) error {
	dir, _, err := s.Locate()
	if err != nil {
		return err
	}
	var locked []string
	c, st, err := frame.DialAgent(ctx, s, dir)
	if c != nil {
		defer c.Close()
		if err = c.Lock(ctx); err == nil {
			locked = []string{st.Vault.Path}
		}
	}
	if locked == nil && s.Env("TACIT_AGENT") == "" {
		// It does not answer, or has no socket: a signal gets through.
		ended, endErr := endAgent(ctx, s, dir)
		if endErr != nil {
			return endErr
		}
		if ended {
			locked, err = []string{dir}, nil
		}
	}
	if err != nil {
		return err
	}
	return tellLocked(s, locked)
}

// endAgent ends the agent of a vault by a signal: the process that listens at its
// socket, or else the one that has the vault open.
func endAgent(ctx context.Context, s *frame.Session, dir string) (ended bool, err error) {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	socket, ok := sockets.Path(s.Env, dir)
	if ok {
		if ended, err := sockets.End(ctx, sockets.PeerPID(ctx, socket), socket, dir); ended || err != nil {
			return ended, err
		}
	}
	h, ok := vault.HolderOf(dir)
	if !ok || h.Socket == "" {
		return false, nil
	}
	return sockets.End(ctx, h.PID, h.Socket, dir)
}

func tellLocked(s *frame.Session, locked []string) error {
	if s.JSON {
		if locked == nil {
			locked = []string{}
		}
		return s.WriteJSON(lockJSON{locked})
	}
	for _, path := range locked {
		s.Say("locked %s", path)
	}
	if len(locked) == 0 {
		s.Say("no agent was running")
	}
	return nil
}
