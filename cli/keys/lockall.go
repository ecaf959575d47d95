package keys

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// lockAll ends every agent of this user's: those behind a socket, and those that
// have lost theirs and hold the lock of a vault that this machine knows. It goes on
// past one that cannot be ended, and tells of the first.
func lockAll(ctx context.Context, s *frame.Session) error {
	var a agents
	if err := eachSocket(s, func(path string) { a.behind(ctx, path) }); err != nil {
		return err
	}
	if err := a.holders(ctx, s); err != nil {
		return err
	}
	for _, path := range a.silent {
		ended, err := sockets.End(ctx, sockets.PeerPID(ctx, path), path, "")
		if ended && err == nil {
			a.locked = append(a.locked, path)
		} else {
			a.failed(errors.Join(err, a.why[path]))
		}
	}
	if err := tellLocked(s, a.locked); err != nil {
		return err
	}
	return a.first
}

// eachSocket finds the sockets at which an agent of this user's may be.
func eachSocket(s *frame.Session, fn func(path string)) error {
	for i, dir := range sockets.Folders(s.Env, s.Runtime) {
		paths, err := sockets.ListIn(dir)
		if i > 0 && err != nil {
			continue // a folder that this shell has nothing to do with
		}
		if err != nil {
			return err
		}
		for _, path := range paths {
			fn(path)
		}
	}
	return nil
}

// agents is how far lockAll has come.
type agents struct {
	locked []string         // the vaults whose agents were ended
	silent []string         // sockets whose agent could not be asked
	why    map[string]error // of those
	first  error
}

func (a *agents) failed(err error) {
	if a.first == nil {
		a.first = err
	}
}

// behind asks the agent behind a socket to lock.
func (a *agents) behind(ctx context.Context, path string) {
	c, err := agent.Dial(ctx, path)
	if errors.Is(err, sockets.ErrNone) {
		return // one that was killed
	}
	var st wire.Status
	if err == nil {
		if st, err = c.AgentStatus(ctx); err == nil {
			err = c.Lock(ctx)
		}
		c.Close()
	}
	if err == nil {
		a.locked = append(a.locked, st.Vault.Path)
		return
	}
	if a.why == nil {
		a.why = map[string]error{}
	}
	a.silent, a.why[path] = append(a.silent, path), err
}

// holders ends by a signal who still has a vault open that this machine knows.
func (a *agents) holders(ctx context.Context, s *frame.Session) error {
	memory, err := anchor.At(s.State)
	if err != nil {
		return err
	}
	places, err := memory.Places()
	if err != nil {
		s.Warn("agents that have lost their sockets were not looked for: %v", err)
	}
	for _, dir := range places {
		h, ok := vault.HolderOf(dir)
		if !ok || h.Socket == "" {
			continue
		}
		ended, err := sockets.End(ctx, h.PID, h.Socket, dir)
		if ended && err == nil {
			a.locked = append(a.locked, dir)
			a.answered(h.Socket)
		}
		a.failed(err)
	}
	return nil
}

// answered takes a socket off the list of those that are silent.
func (a *agents) answered(path string) {
	for i, p := range a.silent {
		if p == path {
			a.silent = append(a.silent[:i], a.silent[i+1:]...)
			return
		}
	}
}
