package keys

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// lookPause is the time between two looks for another agent of the vault.
const lookPause = 50 * time.Millisecond

// openFirst is [frame.OpenToKeep] for an agent that tacit unlock started. While it
// waits for the vault, another such agent may have opened it and serve. Then the
// wait ends with sockets.ErrRunning: the other does not give the vault up.
func openFirst(ctx context.Context, s *frame.Session, dir string, discovered bool) (*vault.Vault, error) {
	opening, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		for opening.Err() == nil {
			if servedByAnother(opening, dir) {
				end(sockets.ErrRunning)
			}
			select {
			case <-opening.Done():
			case <-time.After(lookPause):
			}
		}
	}()
	v, err := frame.OpenToKeep(opening, s, dir, discovered)
	if err != nil && errors.Is(context.Cause(opening), sockets.ErrRunning) {
		return nil, sockets.ErrRunning
	}
	return v, err
}

// servedByAnother tells whether another process has the vault open, and listens as
// its agent.
func servedByAnother(ctx context.Context, dir string) bool {
	h, ok := vault.HolderOf(dir)
	if !ok || h.Socket == "" || h.PID == os.Getpid() {
		return false
	}
	c, err := agent.Dial(ctx, h.Socket)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// yieldToRunning turns the failure of an agent that came second into success:
// what the user wants is there. systemd wants its own.
func yieldToRunning(ctx context.Context, s *frame.Session, dir string, o *agentOptions, h handed, err error) error {
	second := errors.Is(err, sockets.ErrRunning) || errors.Is(err, vault.Busy)
	if !second || o.readyFD == cmdline.NoFD || !h.none() {
		return err
	}
	c, _, dialErr := frame.DialAgent(ctx, s, dir)
	if c == nil || dialErr != nil {
		return err
	}
	c.Close()
	return tellReady(s, o, ready{Running: true})
}
