package cli

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// newAgentClinic is a clinic with a folder for agents' sockets, and the path of
// its vault's.
func newAgentClinic(t *testing.T) (c *clinic, socket string) {
	t.Helper()
	c = newClinic(t, t.TempDir())
	run, err := os.MkdirTemp("", "s") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(run) })
	c.env["TACIT_AGENT"], c.env["XDG_RUNTIME_DIR"] = "", run
	socket, ok := sockets.Path(func(name string) string { return c.env[name] }, c.env["TACIT_VAULT"])
	if !ok {
		t.Fatal("no place for a socket")
	}
	if err := os.Mkdir(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	return c, socket
}

// bind makes a socket, answered by what is given; nobody is behind it where that
// is nil.
func bind(t *testing.T, path string, answer func(net.Conn)) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if answer == nil {
		l.Close()
		return
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			answer(c)
			c.Close()
		}
	}()
}

// Where the agent's socket should be there is one that nobody is behind, one of
// another user's, a file, and one that takes connections and says nothing.
func TestDoctorSockets(t *testing.T) {
	t.Parallel()
	c, socket := newAgentClinic(t)
	c.finds(0, "ok", "an available key opens the vault")

	bind(t, socket, nil)
	c.finds(0, "advice", "has left its socket "+socket)
	if code, out := c.run("doctor", "--fix"); code != 0 {
		t.Error(out)
	}
	if _, err := os.Lstat(socket); err == nil {
		t.Error("it is still there")
	}

	if os.Geteuid() == 0 {
		bind(t, socket, nil)
		if err := os.Chown(socket, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		c.finds(1, "fault", "belongs to another user (uid 12345)")
		if code, _ := c.run("doctor", "--fix"); code != 1 {
			t.Errorf("exit code %d", code)
		}
		if err := os.Remove(socket); err != nil {
			t.Fatal("what is another's was removed: ", err)
		}
	}

	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.finds(1, "fault", socket+" is a file, and should be an agent's socket")
	if err := os.Remove(socket); err != nil {
		t.Fatal(err)
	}

	bind(t, socket, func(net.Conn) {})
	c.finds(1, "fault", "no agent answers at "+socket)
	if err := os.Remove(socket); err != nil {
		t.Fatal(err)
	}

	// Those of other vaults are looked at, too.
	other := filepath.Join(filepath.Dir(socket), "0123456789abcdef0123456789abcdef.sock")
	bind(t, other, nil)
	c.finds(0, "advice", "has left its socket "+other)
	if err := os.Chmod(other, 0o666); err != nil {
		t.Fatal(err)
	}
	c.finds(1, "fault", "lets others in (mode 0666)")
	if code, out := c.run("doctor", "--fix"); code != 0 { // closed, and then removed
		t.Error(out)
	}
	if _, err := os.Lstat(other); err == nil {
		t.Error("it is still there")
	}

	// One that the user named is not mended.
	c.env["TACIT_AGENT"] = socket
	c.finds(1, "fault", "which TACIT_AGENT names")
	if err := os.Chmod(filepath.Dir(socket), 0o777); err != nil {
		t.Fatal(err)
	}
	c.finds(1, "fault", "no agent is sought there")
	if code, _ := c.run("doctor", "--fix"); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if info, err := os.Stat(filepath.Dir(socket)); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("%v, %v: somebody's folder was closed", info.Mode(), err)
	}
}
