package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// TestDiskFails: an agent whose disk fails in the middle of a write ends, and does
// not keep the vault from who could open it.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a := f.start()
	set(t, a, "A", "1")
	db := filepath.Join(f.dir, "db")
	fatal(t, exec.Command("cp", "-a", db, db+".copy").Run())
	fatal(t, os.RemoveAll(db)) // no file can be made any more
	var err error
	for n := 0; err == nil && n < 100; n++ { // until Badger needs another log
		var changes []vault.Change
		for i := range 50 {
			changes = append(changes, vault.Change{Name: secretName(i), Value: vault.Text(strings.Repeat("x", 9000))})
		}
		_, err = a.Apply(t.Context(), changes, nil)
	}
	if err == nil {
		t.Fatal("nothing fails: the test tests nothing")
	}
	t.Log("the write:", err)
	if end := a.wait(); end == nil || !vault.IsOver(end) {
		t.Errorf("the agent ended with %v", end)
	}
	if exists(f.socket) {
		t.Error("the socket stays")
	}
	os.RemoveAll(db)
	fatal(t, os.Rename(db+".copy", db))
	f.state = t.TempDir() // it was written to since that copy
	v := f.open()
	defer v.Close()
	if s, err := v.Read(t.Context(), "A"); err != nil || string(s.Value.Reveal()) != "1" {
		t.Errorf("afterwards: %v, %v", s, err)
	}
}

// TestDescriptors: attacks through every socket for less use up the descriptors
// of an agent that has few, and keep its own socket and the vault from nobody.
func TestDescriptors(t *testing.T) {
	t.Parallel()
	var limit unix.Rlimit
	fatal(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	const each = 80
	if limit.Cur < (each+4)*maxGrants {
		t.Skip("NOT checked: this process may not open enough files to attack")
	}
	f := newFixture(t)
	cmd := f.childUnder(t, "ulimit -n 256; exec \"$0\"", "serve")
	c := f.dialSoon()
	set(t, c, "A", "1")
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for range maxGrants {
		path, err := c.Grant(t.Context(), wire.Grant{ReadOnly: true}, 0)
		fatal(t, err)
		for range each {
			conn, err := net.Dial("unix", path)
			if errors.Is(err, unix.EAGAIN) {
				break
			}
			fatal(t, err)
			conns = append(conns, conn)
			io.WriteString(conn, "POST /v1/read HTTP/1.1\r\nHost: tacit\r\nContent-Length: 100\r\n\r\n{")
		}
	}
	for n := range 20 {
		other := f.dial()
		set(t, other, fmt.Sprintf("B%d", n), strings.Repeat("x", 9000))
		yielded(t, other)() // it opens its files again
		other.Close()
	}
	if s, err := f.dial().Read(t.Context(), "A"); err != nil || string(s.Value.Reveal()) != "1" {
		t.Errorf("%v, %v", s, err)
	}
	fatal(t, f.dial().Lock(t.Context()))
	if err := cmd.Wait(); err != nil {
		t.Errorf("the agent: %v", err)
	}
}

// TestFullBacklog: an agent that is stopped, and whose socket takes no more
// connections, is ended by a signal.
func TestFullBacklog(t *testing.T) {
	t.Parallel()
	var limit unix.Rlimit
	fatal(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	if limit.Cur < 16<<10 { // and the tests beside this one want some, too
		t.Skip("NOT checked: this process may not open enough files")
	}
	f := newFixture(t)
	cmd := f.child(t, "serve")
	set(t, f.dialSoon(), "A", "1")
	fatal(t, cmd.Process.Signal(syscall.SIGSTOP))
	var how unix.WaitStatus
	for err := error(unix.EINTR); err != nil; { // until each of its threads has stopped
		if _, err = unix.Wait4(cmd.Process.Pid, &how, unix.WUNTRACED, nil); !errors.Is(err, unix.EINTR) {
			fatal(t, err)
		}
	}
	if !how.Stopped() {
		t.Fatalf("it is not stopped: %#x", how)
	}
	fillBacklog(t, f.socket)
	if pid := sockets.PeerPID(t.Context(), f.socket); pid != 0 {
		t.Errorf("pid %d: the backlog is not full", pid)
	}
	h, ok := vault.HolderOf(f.dir)
	if !ok || h.PID != cmd.Process.Pid {
		t.Fatalf("the lock says %+v, %t", h, ok)
	}
	if ended, err := sockets.End(t.Context(), h.PID, f.socket, f.dir); !ended || err != nil {
		t.Errorf("%t, %v", ended, err)
	}
}

// fillBacklog connects until nobody can any more.
func fillBacklog(t *testing.T, socket string) {
	t.Helper()
	for {
		c, err := net.Dial("unix", socket)
		switch {
		case err == nil:
			t.Cleanup(func() { c.Close() })
		case errors.Is(err, unix.EAGAIN):
			return
		default:
			t.Fatal(err)
		}
	}
}

// childUnder is child, started by a shell.
func (f *fixture) childUnder(t *testing.T, script, what string) *exec.Cmd {
	t.Helper()
	return f.startChild(t, exec.Command("sh", "-c", script, os.Args[0]), what)
}
