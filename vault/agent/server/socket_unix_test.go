//go:build linux || darwin || freebsd

package server

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestSocketPath(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	real := filepath.Join(root, "vault")
	fatal(t, os.Mkdir(real, 0o700))
	link := filepath.Join(root, "link")
	fatal(t, os.Symlink(real, link))

	for _, tc := range []struct {
		env  func(string) string
		want string
	}{
		{env("XDG_RUNTIME_DIR", "/run/user/7"), "/run/user/7/tacit"},
		{env("XDG_RUNTIME_DIR", "relative", "XDG_STATE_HOME", "/st"), "/st/tacit/run"},
		{env("HOME", "/home/me"), "/home/me/.local/state/tacit/run"},
		{env(), ""},
	} {
		if got := sockets.Dir(tc.env); got != tc.want {
			t.Errorf("Dir = %q, want %q", got, tc.want)
		}
	}
	e := env("XDG_RUNTIME_DIR", "/run/user/7")
	byReal, ok := sockets.Path(e, real)
	byLink, _ := sockets.Path(e, link)
	if !ok || byReal != byLink || !strings.HasPrefix(byReal, "/run/user/7/tacit/") || len(filepath.Base(byReal)) != 32+len(sockets.Suffix) {
		t.Errorf("%q and %q", byReal, byLink)
	}
	if other, _ := sockets.Path(e, root); other == byReal {
		t.Error("two vaults have one socket")
	}
	if gone, ok := sockets.Path(e, filepath.Join(root, "gone")); !ok || gone == byReal {
		t.Error("a vault that is gone has no socket")
	}
	if p, ok := sockets.Path(env("TACIT_AGENT", "/x/y"), real); !ok || p != "/x/y" {
		t.Errorf("TACIT_AGENT: %q", p)
	}
	if _, ok := sockets.Path(env("TACIT_AGENT", "off", "HOME", "/h"), real); ok {
		t.Error("an agent that is off has a socket")
	}
}

func TestSockets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := env("XDG_RUNTIME_DIR", dir)
	if list, err := sockets.List(e); err != nil || len(list) != 0 {
		t.Errorf("none: %q, %v", list, err)
	}
	path, _ := sockets.Path(e, dir)
	l, err := sockets.Listen(path)
	fatal(t, err)
	defer l.Close()
	beside, err := sockets.ListenBeside(grantPath(path))
	fatal(t, err)
	defer beside.Close()
	if list, err := sockets.List(e); err != nil || len(list) != 1 || list[0] != path {
		t.Errorf("got %q, %v", list, err)
	}
}

// TestUnsafe is a socket or a folder that somebody else could have put there.
// Neither side uses it.
func TestUnsafe(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, path string){
		"folder open":      func(t *testing.T, p string) { fatal(t, os.Chmod(filepath.Dir(p), 0o755)) },
		"folder for group": func(t *testing.T, p string) { fatal(t, os.Chmod(filepath.Dir(p), 0o710)) },
		"folder a link": func(t *testing.T, p string) {
			fatal(t, os.Rename(filepath.Dir(p), filepath.Dir(p)+"2"))
			fatal(t, os.Symlink(filepath.Dir(p)+"2", filepath.Dir(p)))
		},
		"folder of another": func(t *testing.T, p string) { chown(t, filepath.Dir(p)) },
		"socket open":       func(t *testing.T, p string) { fatal(t, os.Chmod(p, 0o666)) },
		"socket of another": func(t *testing.T, p string) { chown(t, p) },
		"socket a link": func(t *testing.T, p string) {
			fatal(t, os.Rename(p, p+"2"))
			fatal(t, os.Symlink(p+"2", p))
		},
		"socket a file": func(t *testing.T, p string) {
			fatal(t, os.Remove(p))
			fatal(t, os.WriteFile(p, nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run", "agent"+sockets.Suffix)
			fatal(t, os.Mkdir(filepath.Dir(path), 0o700))
			l, err := net.Listen("unix", shortened(t, path))
			fatal(t, err)
			defer l.Close()
			fatal(t, os.Chmod(path, 0o600))
			if c, err := agent.Dial(t.Context(), path); err != nil {
				t.Fatalf("before: %v", err)
			} else {
				c.Close()
			}
			spoil(t, path)
			_, err = agent.Dial(t.Context(), path)
			wantIs(t, err, sockets.ErrForeign)
			wantCode(t, err, vault.Unsafe)
			if _, err = sockets.Listen(path); err == nil {
				t.Fatal("it listens there")
			}
			if !errors.Is(err, sockets.ErrForeign) && !errors.Is(err, sockets.ErrRunning) {
				t.Errorf("Listen: %v", err)
			}
			if _, err := os.Lstat(path); err != nil {
				t.Error("what lay there was removed")
			}
		})
	}
}

func chown(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("NOT checked: only root can give a file to another user")
	}
	fatal(t, os.Chown(path, nobody, nobody))
}

const nobody = 65534

func shortened(t testing.TB, path string) string {
	t.Helper()
	short, release, err := sockets.Shorten(path)
	fatal(t, err)
	t.Cleanup(release)
	return short
}

// TestNone is no agent, in each way that there can be none.
func TestNone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	path := filepath.Join(dir, "agent"+sockets.Suffix)
	_, err := agent.Dial(t.Context(), path)
	wantIs(t, err, sockets.ErrNone)
	fatal(t, os.Mkdir(dir, 0o700))
	_, err = agent.Dial(t.Context(), path)
	wantIs(t, err, sockets.ErrNone)
	stale(t, path)
	_, err = agent.Dial(t.Context(), path)
	wantIs(t, err, sockets.ErrNone)
}

// stale leaves a socket behind that nobody listens on.
func stale(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: shortened(t, path), Net: "unix"})
	fatal(t, err)
	l.SetUnlinkOnClose(false)
	fatal(t, l.Close())
	fatal(t, os.Chmod(path, 0o600))
}

// TestStale replaces the sockets of an agent that was killed, those for less too.
func TestStale(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	fatal(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "agent"+sockets.Suffix)
	stale(t, path)
	stale(t, grantPath(path))
	other := filepath.Join(dir, "agent-other"+sockets.Suffix)
	stale(t, other)
	l, err := sockets.Listen(path)
	fatal(t, err)
	if left, _ := filepath.Glob(dir + "/*" + sockets.Suffix); len(left) != 2 || left[0] != other {
		t.Errorf("left: %q", left)
	}
	fatal(t, l.Close())
	if exists(path) {
		t.Error("the socket stays after Close")
	}
}

// TestListenOnce starts many at once: one listens, the others learn of it.
func TestListenOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run", "agent"+sockets.Suffix)
	for range 20 {
		var mu sync.Mutex
		var won []net.Listener
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				l, err := sockets.Listen(path)
				if err != nil {
					if !errors.Is(err, sockets.ErrRunning) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				defer mu.Unlock()
				won = append(won, l)
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Fatalf("%d listen", len(won))
		}
		if _, err := agent.Dial(context.Background(), path); err != nil {
			t.Errorf("the one that listens: %v", err)
		}
		fatal(t, won[0].Close())
	}
}

// TestListenBesideActivated leaves a socket alone that somebody else opened and
// answers on, as systemd does.
func TestListenBesideActivated(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run", "agent"+sockets.Suffix)
	fatal(t, os.Mkdir(filepath.Dir(path), 0o700))
	l, err := net.Listen("unix", shortened(t, path))
	fatal(t, err)
	defer l.Close()
	fatal(t, os.Chmod(path, 0o600))
	_, err = sockets.Listen(path)
	wantIs(t, err, sockets.ErrRunning)
}

// TestLongPath has a socket where no address can name it.
func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 100))
	f := newFixture(t)
	f.socket = filepath.Join(dir, "agent"+sockets.Suffix)
	l, err := sockets.Listen(f.socket)
	if err != nil {
		t.Skipf("NOT checked: this platform cannot: %v", err)
	}
	a := f.serve(l)
	set(t, a, "A", "1")
	less := grantOf(t, a.Client, wire.Grant{ReadOnly: true})
	if _, err := less.Read(t.Context(), "A"); err != nil {
		t.Error(err)
	}
	a.stop()
	if a.wait(); exists(f.socket) {
		t.Error("the socket stays")
	}
}

func TestFolders(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		env     func(string) string
		runtime string
		want    []string
	}{
		{env("XDG_RUNTIME_DIR", "/run/x", "XDG_STATE_HOME", "/st", "HOME", "/h"), "/run/user/7", []string{"/run/x/tacit", "/run/user/7/tacit", "/st/tacit/run", "/h/.local/state/tacit/run"}},
		{env("HOME", "/h"), "/run/user/7", []string{"/h/.local/state/tacit/run", "/run/user/7/tacit"}},
		{env("HOME", "/h"), "", []string{"/h/.local/state/tacit/run"}},
		{env(), "", nil},
	} {
		if got := sockets.Folders(tc.env, tc.runtime); !slices.Equal(got, tc.want) {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}
