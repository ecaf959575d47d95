package keys

import (
	"context"
	"os"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
)

// firstTTL is how long a new vault stays unlocked: for the first hour.
const firstTTL = time.Hour

// offerUnlock asks, while a new vault's passphrase is at hand, whether its agent is
// to keep it unlocked.
func offerUnlock(ctx context.Context, s *frame.Session, tty *terminal.TTY) (bool, error) {
	if s.JSON || s.Env("TACIT_AGENT") != "" || frame.NoAgentHere("init") != nil {
		return false, nil
	}
	answer, err := terminal.AskLine(ctx, tty, "Keep it unlocked for an hour, so that nothing asks again? [Y/n] ")
	if err != nil {
		return false, err
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "" || answer == "y" || answer == "yes", nil
}

// StayUnlocked starts the agent of a new vault with its passphrase; nil: it is not
// wanted. The vault is made, with an agent or without.
func StayUnlocked(ctx context.Context, s *frame.Session, dir string, phrase []byte) {
	if len(phrase) == 0 {
		return
	}
	expires, err := unlockWith(ctx, s, dir, phrase)
	if err != nil {
		s.Warn("the vault is made, and is not kept unlocked: %v", err)
		return
	}
	sayUnlocked(s, frame.PathsOfNew(s, dir), expires)
}

// sayUnlocked tells which command ends the agent of this vault, and not another one's.
func sayUnlocked(s *frame.Session, means failure.GivenPaths, expires time.Time) {
	s.Say("unlocked%s; %s ends it", until(expires), means.Tell(failure.HintOf("{tacit lock}")))
}

// unlockWith gives the passphrase to a new agent by a pipe.
func unlockWith(ctx context.Context, s *frame.Session, dir string, phrase []byte) (expires time.Time, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return expires, err
	}
	go func() {
		defer w.Close()
		_, _ = w.Write(phrase)
	}()
	to := &frame.Session{App: s.App, Globals: s.Globals, Results: s.Results}
	to.Vault, to.Envs = dir, urfave.StringSlice{}
	if err := startAgentWith(ctx, to, &agentOptions{ttl: firstTTL, readyFD: cmdline.NoFD}, r); err != nil {
		r.Close() // or who writes to it would wait
		return expires, err
	}
	c, st, err := frame.DialAgent(ctx, to, dir)
	if c != nil {
		c.Close()
	}
	return st.Expires, err
}
