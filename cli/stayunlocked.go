package cli

import (
	"context"
	"os"
	"strings"
	"time"
)

// firstTTL is how long a new vault stays unlocked: for the first hour.
const firstTTL = time.Hour

// offerUnlock asks, while a new vault's passphrase is at hand, whether its agent is
// to keep it unlocked.
func (s *session) offerUnlock(ctx context.Context, tty *TTY) (bool, error) {
	if s.json || s.Env("TACIT_AGENT") != "" || noAgentHere("init") != nil {
		return false, nil
	}
	answer, err := askLine(ctx, tty, "Keep it unlocked for an hour, so that nothing asks again? [Y/n] ")
	if err != nil {
		return false, err
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "" || answer == "y" || answer == "yes", nil
}

// stayUnlocked starts the agent of a new vault with its passphrase; nil: it is not
// wanted. The vault is made, with an agent or without.
func (s *session) stayUnlocked(ctx context.Context, dir string, phrase []byte) {
	if len(phrase) == 0 {
		return
	}
	expires, err := s.unlockWith(ctx, dir, phrase)
	if err != nil {
		s.warn("the vault is made, and is not kept unlocked: %v", err)
		return
	}
	s.say("unlocked%s; tacit lock ends it", until(expires))
}

// unlockWith gives the passphrase to a new agent by a pipe.
func (s *session) unlockWith(ctx context.Context, dir string, phrase []byte) (expires time.Time, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return expires, err
	}
	go func() {
		defer w.Close()
		_, _ = w.Write(phrase)
	}()
	to := &session{App: s.App, globals: s.globals, out: s.out}
	to.vault = dir
	if err := to.startAgentWith(ctx, &agentOptions{ttl: firstTTL, readyFD: noFD}, r); err != nil {
		r.Close() // or who writes to it would wait
		return expires, err
	}
	c, st, err := to.dialAgent(ctx, dir)
	if c != nil {
		c.Close()
	}
	return st.Expires, err
}
