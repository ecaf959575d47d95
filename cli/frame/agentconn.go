package frame

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// ReachAgent finds the agent of a vault. Where there is one, and it may be used, v
// is the vault behind it. Where there is one and this command needs the vault
// for itself, release gives it back to the agent when the command is done. Both
// are nil where no agent runs.
func ReachAgent(ctx context.Context, s *Session, dir string) (v OpenVault, release func(), err error) {
	if asksNoStatus(s) {
		c, err := dial(ctx, s, dir)
		if c == nil || err != nil {
			return nil, nil, err
		}
		c.Watched = true
		return c, nil, nil
	}
	c, st, err := DialAgent(ctx, s, dir)
	if c == nil || err != nil {
		return nil, nil, err
	}
	own, err := needsOwn(s, st)
	if err == nil && own {
		release, err = AgentYields(ctx, s, c)
		return nil, release, err
	}
	if expect := s.Env("TACIT_EXPECT"); err == nil && expect != "" {
		err = st.Vault.Expected(expect)
	}
	if err != nil {
		c.Close()
		return nil, nil, err
	}
	return c, nil, nil
}

// MeetAgentFirst connects to the agent of the vault that the command line means, and
// keeps that for the command, which can then be sure of it. It is false where there
// is none.
func MeetAgentFirst(ctx context.Context, s *Session) (bool, error) {
	dir, _, err := s.Locate()
	if err != nil {
		return false, err
	}
	c, st, err := DialAgent(ctx, s, dir)
	if c == nil || err != nil {
		return false, err
	}
	own, err := needsOwn(s, st)
	if own || err != nil {
		c.Close()
		return false, err
	}
	s.met = &meeting{dir, c, st}
	return true, nil
}

// A meeting is a connection to an agent that was made before the command needed it.
type meeting struct {
	dir    string
	client *agent.Client
	status wire.Status
}

// DialAgent connects to the agent of a vault; no client where there is none.
func DialAgent(ctx context.Context, s *Session, dir string) (*agent.Client, wire.Status, error) {
	if m := s.met; m != nil && m.dir == dir {
		s.met = nil
		return m.client, m.status, nil
	}
	c, err := dial(ctx, s, dir)
	if c == nil || err != nil {
		return nil, wire.Status{}, err
	}
	st, err := c.AgentStatus(ctx)
	if err == nil {
		err = sameVault(s, dir, st)
	}
	if err == nil && (st.SomePrograms || s.Borrows) {
		err = stayKnown(ctx, s, c, st.PID)
	}
	if err != nil {
		c.Close()
		if errors.Is(err, sockets.ErrNone) { // it has ended since
			err = namedAgent(s, c.Path())
		}
		return nil, wire.Status{}, err
	}
	return c, st, nil
}

// dial connects to the agent of a vault, and asks nothing yet; no client where there is
// none.
func dial(ctx context.Context, s *Session, dir string) (*agent.Client, error) {
	if s.Env("TACIT_AGENT") == "off" {
		return nil, nil
	}
	path, ok := sockets.Path(s.Env, dir)
	c, err := (*agent.Client)(nil), sockets.ErrNone
	if ok {
		c, err = agent.Dial(ctx, path)
	}
	if errors.Is(err, sockets.ErrNone) && s.Env("TACIT_AGENT") == "" {
		if c, err = dialHolder(ctx, s, dir); c == nil && err == nil {
			return nil, nil
		}
	}
	switch {
	case errors.Is(err, sockets.ErrNoAgents):
		return nil, nil
	case errors.Is(err, sockets.ErrNone):
		return nil, namedAgent(s, path)
	case err != nil:
		return nil, err
	}
	c.OnAdmitted = system.Undumpable
	c.OnWarning = func(err error) { s.Warn("%v", err) }
	return c, nil
}

// asksNoStatus tells whether a command can do without the agent's status: it asks one
// thing, and nothing of what was given is to be held against the status.
func asksNoStatus(s *Session) bool {
	return s.AsksOnce && s.met == nil && s.Env("TACIT_AGENT") == "" && s.Env("TACIT_EXPECT") == "" && s.State == "" && !s.GivesKey()
}

// stayKnown keeps a connection to an agent open that has to know which program this is,
// for as long as the command runs: once hidden, the command is known by it alone.
func stayKnown(ctx context.Context, s *Session, c *agent.Client, pid int) error {
	if s.known[pid] != nil {
		return nil
	}
	leave, err := c.Stay(ctx)
	if err == nil {
		if s.known == nil {
			s.known = map[int]func(){}
		}
		s.known[pid] = leave
	}
	return err
}

func leaveAgents(s *Session) {
	if s.met != nil {
		s.met.client.Close()
		s.met = nil
	}
	for _, leave := range s.known {
		leave()
	}
	s.known = nil
}

// MeetAgent has the agent of a vault, where there is one, know this process before
// it hides itself. A failure is told by who needs the agent.
func MeetAgent(ctx context.Context, s *Session, dir string) {
	if c, _, err := DialAgent(ctx, s, dir); c != nil && err == nil {
		c.Close()
	}
}

// lostWait is how long an agent is waited for that has lost its socket: it looks
// after it each two seconds.
const lostWait = 6 * time.Second

// dialHolder connects to the agent that has the vault open, at a socket that this
// shell does not look at: another $XDG_RUNTIME_DIR, say. nil where none has.
func dialHolder(ctx context.Context, s *Session, dir string) (*agent.Client, error) {
	for deadline := time.Now().Add(min(lostWait, s.Wait)); ; {
		h, ok := vault.HolderOf(dir)
		if !ok || h.Socket == "" {
			return nil, nil
		}
		c, err := agent.Dial(ctx, h.Socket)
		if !errors.Is(err, sockets.ErrNone) {
			return c, err
		}
		if holds, known := h.Vouched(); known && !holds {
			return nil, nil // its record is older than it
		}
		if time.Now().After(deadline) {
			return nil, nil // opening the vault says who has it
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// namedAgent is no agent at the socket that the user named.
func namedAgent(s *Session, path string) error {
	if s.Env("TACIT_AGENT") == "" {
		return nil
	}
	return failure.Fault(vault.Locked, "no agent is running at %s, which TACIT_AGENT names", path).
		Hinted("{tacit unlock}, or unset TACIT_AGENT")
}

// sameVault refuses an agent that TACIT_AGENT names and that serves another
// vault than the one that the user named, or that a helper keeps to.
func sameVault(s *Session, dir string, st wire.Status) error {
	if s.Env("TACIT_AGENT") == "" {
		return nil
	}
	if env, err := EnvOf(s); err != nil || env == "" && s.Named() == "" && !s.Stays {
		return err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if abs, err := filepath.Abs(dir); err == nil && abs != st.Vault.Path {
		return failure.Fault(vault.Locked, "TACIT_AGENT names the agent of %s, not of %s", st.Vault.Path, abs).
			Hinted("unset TACIT_AGENT, or leave out --vault and @NAME")
	}
	return nil
}

// needsOwn tells whether this command opens the vault itself: with a key that
// was given, or with another memory than the agent's.
func needsOwn(s *Session, st wire.Status) (bool, error) {
	if s.GivesKey() {
		return true, nil
	}
	if s.State == "" {
		return false, nil
	}
	own, err := anchor.At(s.State)
	return own.Path != st.State, err
}

// AgentYields makes an agent give the vault away until release is called.
func AgentYields(ctx context.Context, s *Session, c *agent.Client) (release func(), err error) {
	back, err := c.Yield(ctx)
	return givenAway(c, back, err)
}

// givenAway is what an agent has done that was asked for its vault; one that ended, too.
func givenAway(c *agent.Client, back func(), err error) (release func(), _ error) {
	if err == nil {
		return func() { back(); c.Close() }, nil
	}
	c.Close()
	if errors.Is(err, sockets.ErrNone) || errors.Is(err, agent.ErrGone) {
		return func() {}, nil
	}
	return nil, err
}

// WithoutAgent makes the vault's agent, where there is one, give it away until release
// is called: for what opens the vault in a way of its own.
func WithoutAgent(ctx context.Context, s *Session, dir string) (release func(), err error) {
	c, _, err := DialAgent(ctx, s, dir)
	if c == nil || err != nil {
		return func() {}, err
	}
	return AgentYields(ctx, s, c)
}

// borrow is WithoutAgent that borrows the agent's key, too; no loan where none is lent, or
// the command line gives a key.
func borrow(ctx context.Context, s *Session, dir string) (loan *agent.Loan, release func(), err error) {
	c, st, err := DialAgent(ctx, s, dir)
	if c == nil || err != nil {
		return nil, func() {}, err
	}
	own, err := needsOwn(s, st)
	if err != nil {
		c.Close()
		return nil, nil, err
	}
	if own {
		release, err = AgentYields(ctx, s, c)
		return nil, release, err
	}
	loan, release, err = c.Borrow(ctx)
	release, err = givenAway(c, release, err)
	return loan, release, err
}

// NoAgentHere says, before anything else, that the system has no agent.
func NoAgentHere(op string) error {
	if runtime.GOOS != "windows" {
		return nil
	}
	return NoAgentOn(op, runtime.GOOS)
}
