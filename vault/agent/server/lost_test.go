//go:build linux || darwin || freebsd

package server

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// TestLostSocket takes an agent's sockets away. It opens them again.
func TestLostSocket(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(t *testing.T, socket string){
		"removed": func(t *testing.T, s string) { fatal(t, os.Remove(s)) },
		// At once: the agent may look at any moment, and make anew what is half gone.
		"emptied": func(t *testing.T, s string) { fatal(t, os.Rename(filepath.Dir(s), filepath.Dir(s)+"2")) },
		"replaced": func(t *testing.T, s string) {
			stale(t, s+".stale")
			fatal(t, os.Rename(s+".stale", s))
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newFixture(t).start(shortLimits(func(l *limits) { l.look = 0 }))
			set(t, a, "A", "1")
			lose(t, a.socket)
			soon(t, func() bool {
				c, err := agent.Dial(context.Background(), a.socket)
				if err == nil {
					_, err = c.Read(context.Background(), "A")
					c.Close()
				}
				return err == nil
			})
			fatal(t, a.dial().Lock(t.Context()))
			fatal(t, a.wait())
			if exists(a.socket) {
				t.Error("the socket stays")
			}
		})
	}
}

// TestSocketOfAnother: where somebody else's file lies in the socket's place, the
// agent ends, and leaves that alone.
func TestSocketOfAnother(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start(shortLimits(func(l *limits) { l.look, l.lost = 0, 0 }))
	mine := a.socket + ".mine"
	fatal(t, os.WriteFile(mine, []byte("mine"), 0o600))
	fatal(t, os.Rename(mine, a.socket)) // at once: it would open one again that is gone
	wantIs(t, a.wait(), sockets.ErrForeign)
	if b, err := os.ReadFile(a.socket); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestEnd ends an agent that answers nothing, and no other process.
func TestEnd(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT checked: who has a lock is told on Linux")
	}
	f := newFixture(t)
	cmd := f.child(t, "serve")
	if _, err := f.dialSoon().List(t.Context(), vault.ListOptions{}); err != nil { // it serves
		t.Fatal(err)
	}
	fatal(t, cmd.Process.Signal(syscall.SIGSTOP))
	pid := sockets.PeerPID(t.Context(), f.socket)
	if pid != cmd.Process.Pid {
		t.Fatalf("pid %d", pid)
	}
	for _, other := range []int{0, 1, -1, os.Getpid(), os.Getppid()} {
		if ended, err := sockets.End(t.Context(), other, f.socket, f.dir); ended || err != nil {
			t.Errorf("process %d: %t, %v", other, ended, err)
		}
	}
	if h, ok := vault.HolderOf(f.dir); !ok || h.PID != pid {
		t.Errorf("the lock says %+v", h)
	}
	fatal(t, os.RemoveAll(filepath.Dir(f.socket)))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if ended, err := sockets.End(ctx, pid, f.socket, f.dir); !ended || err != nil {
		t.Errorf("%t, %v", ended, err)
	}
	if sockets.Running(pid) {
		t.Error("it runs on")
	}
}
