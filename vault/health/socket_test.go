package health

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What can lie at the place of an agent's socket, or of the folder of sockets:
// each has the command that mends it, and is mended only where nothing of
// another's, and nothing that the user named, is touched.
func TestSocketFindings(t *testing.T) {
	if !hasModes {
		t.Skip("there are no agents here")
	}
	const unset = ", or unset_agent"
	for name, c := range map[string]struct {
		spoil          func(t *testing.T, path string) error
		message        string
		remedy, asked  string // of the default socket, and of one that the user named
		fixed, another bool   // by --fix; takes root
	}{
		"fine":   {spoil: func(*testing.T, string) error { return nil }},
		"none":   {spoil: func(_ *testing.T, p string) error { return os.Remove(p) }},
		"folder": {spoil: func(_ *testing.T, p string) error { return os.RemoveAll(filepath.Dir(p)) }},
		"folder open": {
			spoil:   func(_ *testing.T, p string) error { return os.Chmod(filepath.Dir(p), 0o755) },
			message: "lets others in (mode 0755)", remedy: "close_folder DIR", asked: "name_own_socket" + unset, fixed: true,
		},
		"folder a link": {
			spoil: func(_ *testing.T, p string) error {
				dir := filepath.Dir(p)
				if err := os.Rename(dir, dir+"2"); err != nil {
					return err
				}
				return os.Symlink(dir+"2", dir)
			},
			message: "is a symbolic link", remedy: "remove_files DIR", asked: "name_own_socket" + unset,
		},
		"folder of another": {
			spoil:   func(_ *testing.T, p string) error { return os.Chown(filepath.Dir(p), 12345, 12345) },
			message: "belongs to another user (uid 12345)", remedy: "move_as_root DIR DIR.old", asked: "name_own_socket" + unset, another: true,
		},
		"open": {
			spoil:   func(_ *testing.T, p string) error { return os.Chmod(p, 0o666) },
			message: "lets others in (mode 0666)", remedy: "close_file SOCKET", asked: "close_file SOCKET" + unset, fixed: true,
		},
		"a file": {
			spoil: func(_ *testing.T, p string) error {
				if err := os.Remove(p); err != nil {
					return err
				}
				return os.WriteFile(p, nil, 0o600)
			},
			message: "is a file, and should be an agent's socket", remedy: "remove_files SOCKET", asked: "remove_files SOCKET" + unset,
		},
		"a folder itself": {
			spoil: func(_ *testing.T, p string) error {
				if err := os.Remove(p); err != nil {
					return err
				}
				return os.Mkdir(p, 0o700)
			},
			message: "is a folder", remedy: "move SOCKET SOCKET.old", asked: "move SOCKET SOCKET.old" + unset,
		},
		"of another": {
			spoil:   func(_ *testing.T, p string) error { return os.Chown(p, 12345, 12345) },
			message: "belongs to another user (uid 12345)", remedy: "remove_as_root SOCKET", asked: "remove_as_root SOCKET" + unset, another: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.another && os.Geteuid() != 0 {
				t.Skip("only root can give a file to another user")
			}
			path := socketAt(t)
			if err := c.spoil(t, path); err != nil {
				t.Fatal(err)
			}
			for _, named := range []bool{true, false} {
				found := append(SocketFolder(filepath.Dir(path), named), Socket(path, named)...)
				if c.message == "" {
					if len(found) > 0 {
						t.Errorf("%+v", found)
					}
					continue
				}
				want := c.remedy
				if named {
					want = c.asked
				}
				want = strings.NewReplacer("DIR", filepath.Dir(path), "SOCKET", path).Replace(want)
				if len(found) != 1 || found[0].Level != Fault || !strings.Contains(found[0].Message, c.message) || said(found[0].Remedy) != want {
					t.Fatalf("named %t: %+v, want %s: %s", named, found, c.message, want)
				}
				fix := found[0].Fix
				if want := c.fixed && !named; want != (fix != nil) {
					t.Fatalf("named %t: mends is %t", named, fix != nil)
				}
				if fix == nil {
					continue
				}
				if _, err := fix(); err != nil {
					t.Error(err)
				}
				if left := append(SocketFolder(filepath.Dir(path), named), Socket(path, named)...); len(left) > 0 {
					t.Errorf("after mending: %+v", left)
				}
			}
		})
	}
}

// socketAt makes a socket in a folder of its own, whose path is short enough.
func socketAt(t *testing.T) string {
	t.Helper()
	root, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	dir := filepath.Join(root, "d")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
