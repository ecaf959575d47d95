//go:build linux || darwin || freebsd

package server

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// hang is how long a test waits for what takes a moment: on a busy machine many.
const hang = 3 * time.Minute

// testLogN keeps scrypt from taking a second a slot.
const testLogN = 10

// A fixture is a machine with a vault that an agent may serve.
type fixture struct {
	t        testing.TB
	dir      string
	state    string
	socket   string
	key      crypto.Key
	identity string       // what key was made of
	vault    *vault.Vault // of the agent that runs
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	root := t.TempDir()
	f := &fixture{t: t, dir: filepath.Join(root, "vault"), state: filepath.Join(root, "state")}
	f.socket = filepath.Join(root, "run", "agent"+sockets.Suffix)
	id, err := crypto.NewIdentity(crypto.X25519)
	fatal(t, err)
	f.identity = id.Reveal() + "\n"
	key, err := crypto.Identities("test identity", strings.NewReader(f.identity))
	fatal(t, err)
	f.key = key
	lock, err := keyring.Recipient(key.Recipients()[0])
	fatal(t, err)
	v, err := vault.Create(t.Context(), f.dir, vault.CreateOptions{
		State: f.state, Slots: []vault.NewSlot{{Label: "identity", Lock: lock}},
	})
	fatal(t, err)
	fatal(t, v.Close())
	return f
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) open() *vault.Vault {
	f.t.Helper()
	v, err := vault.Open(context.Background(), f.dir, vault.Options{
		Keys: []crypto.Key{f.key}, Write: true, Wait: hang, State: f.state,
		Warn: func(err error) { f.t.Log("warning:", err) },
	})
	fatal(f.t, err)
	return v
}

// An agentProcess is an agent that runs in this process.
type agentProcess struct {
	*fixture
	*agent.Client
	stop func()
	done chan error
	end  *error
}

// start runs an agent until the test ends, and connects to it.
func (f *fixture) start(change ...func(*Options)) *agentProcess {
	f.t.Helper()
	l, err := sockets.Listen(f.socket)
	fatal(f.t, err)
	return f.serve(l, change...)
}

func (f *fixture) serve(l net.Listener, change ...func(*Options)) *agentProcess {
	f.t.Helper()
	v := f.open()
	f.vault = v
	o := Options{Listeners: []net.Listener{l}, State: f.state, LockOptions: keyring.LockOptions{ScryptLogN: testLogN}}
	shortLimits(func(*limits) {})(&o)
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &agentProcess{fixture: f, done: make(chan error, 1), stop: cancel}
	r.Client = f.dial() // while it cannot have ended yet
	go func() { r.done <- Serve(ctx, v, o) }()
	f.t.Cleanup(func() {
		cancel()
		r.wait()
	})
	return r
}

// wait waits until the agent has ended, and returns what Serve did.
func (r *agentProcess) wait() error {
	r.t.Helper()
	if r.end != nil {
		return *r.end
	}
	select {
	case err := <-r.done:
		r.end = &err
		return err
	case <-time.After(hang):
		r.t.Fatal("the agent does not end")
		return nil
	}
}

func (f *fixture) dial() *agent.Client {
	f.t.Helper()
	c, err := agent.Dial(context.Background(), f.socket)
	fatal(f.t, err)
	f.t.Cleanup(func() { c.Close() })
	return c
}

// yielded has the agent yield the vault, where that is in use for a moment still.
func yielded(t *testing.T, c *agent.Client) (release func()) {
	t.Helper()
	soon(t, func() bool {
		r, err := c.Yield(t.Context())
		if release = r; vault.CodeOf(err) != vault.Busy {
			fatal(t, err)
		}
		return err == nil
	})
	return release
}

// unseen keeps the agent from looking by itself whether its vault is there: who asks it
// something finds out.
func unseen(t *testing.T) func(*Options) {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(o *Options) { o.looks = func() { <-over } }
}

// patientLimits are those of production, but for the time that a client has: what takes
// a moment takes as long as the machine likes.
func patientLimits() limits {
	l := defaultLimits()
	l.waits, l.turn = hang, hang
	l.headerTime, l.bodyTime, l.idleTime, l.writeTime = hang, hang, hang, hang
	return l
}

func shortLimits(change func(*limits)) func(*Options) {
	return func(o *Options) {
		l := patientLimits()
		change(&l)
		o.limits = &l
	}
}

func wantCode(t testing.TB, err error, code vault.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("got %v (%s), want %s", err, vault.CodeOf(err), code)
	}
}

func wantIs(t testing.TB, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("got %v, want %v", err, target)
	}
}

func set(t testing.TB, v interface {
	Set(context.Context, string, vault.Value, ...vault.SetOption) (vault.Info, error)
}, name, text string,
) {
	t.Helper()
	_, err := v.Set(context.Background(), name, vault.Text(text))
	fatal(t, err)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// grantOf opens a socket for less, and connects to it.
func grantOf(t testing.TB, c *agent.Client, g wire.Grant) *agent.Client {
	t.Helper()
	path, err := c.Grant(context.Background(), g, 0)
	fatal(t, err)
	less, err := agent.Dial(context.Background(), path)
	fatal(t, err)
	t.Cleanup(func() { less.Close() })
	return less
}
