//go:build linux || darwin || freebsd

package sockets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// checkFolder refuses a folder of sockets that others could reach into.
func checkFolder(dir string) error {
	fi, err := os.Lstat(dir)
	switch {
	case err != nil:
		return unseen(dir, err)
	case fi.Mode()&fs.ModeSymlink != 0:
		return foreign(dir, "the folder of the agent's socket is a symbolic link", remedy.To(remedy.RemoveFolderOfSocket))
	case !fi.IsDir():
		return foreign(dir, "the folder of the agent's socket is no folder", remedy.To(remedy.RemoveFolderOfSocket))
	}
	return checkMine(dir, "the folder of the agent's socket", remedy.To(remedy.CloseFolder, remedy.Path.Named(dir)), fi, folderBits)
}

// checkSocket refuses what is no socket of this user's alone.
func checkSocket(path string) error {
	fi, err := os.Lstat(path)
	switch {
	case err != nil:
		return unseen(path, err)
	case fi.Mode().Type() != fs.ModeSocket:
		return foreign(path, "there is something else where the agent's socket should be", remedy.To(remedy.Remove))
	}
	return checkMine(path, "the agent's socket", remedy.To(remedy.RemoveAndStartAgent), fi, socketBits)
}

// What a mode must not grant to others. To connect takes the right to write;
// systemd's sockets can be read by all, which means nothing.
const (
	folderBits = 0o077
	socketBits = 0o022
)

// checkMine refuses a file that belongs to another user or lets others in.
func checkMine(path, what string, fix remedy.Remedy, fi fs.FileInfo, bits fs.FileMode) error {
	if st, ok := fi.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() {
		return foreign(path, what+" belongs to another user", remedy.To(remedy.RemoveByOwner))
	}
	if perm := fi.Mode().Perm(); perm&bits != 0 {
		return foreign(path, fmt.Sprintf("%s lets others in (mode %04o)", what, perm), fix)
	}
	return nil
}

// Reach connects to a socket after all checks, of its files and of who is
// behind it.
func Reach(ctx context.Context, path string) (*net.UnixConn, Peer, error) {
	if err := checkFolder(filepath.Dir(path)); err != nil {
		return nil, Peer{}, none(err)
	}
	if err := checkSocket(path); err != nil {
		return nil, Peer{}, none(err)
	}
	short, release, err := Shorten(path)
	if err != nil {
		return nil, Peer{}, err
	}
	defer release()
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", short)
	if err != nil {
		return nil, Peer{}, none(err)
	}
	conn := c.(*net.UnixConn)
	p, err := PeerOf(conn)
	if err == nil && p.UID != os.Geteuid() {
		err = foreign(path, fmt.Sprintf("the agent belongs to another user (uid %d)", p.UID), remedy.Remedy{})
	}
	if err != nil {
		conn.Close()
		return nil, Peer{}, err
	}
	return conn, p, nil
}

// none tells an absent agent from one that cannot be spoken to.
func none(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w: %w", ErrNone, err)
	}
	return err
}

// maxPath is the longest path that a Unix socket can have.
const maxPath = len(unix.RawSockaddrUnix{}.Path) - 1

// Shorten makes a path that fits into a socket's address. On Linux a folder can
// be named by its number; elsewhere a path that is too long is an error.
func Shorten(path string) (short string, release func(), err error) {
	if len(path) <= maxPath {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("the path of the agent's socket is longer than %d bytes: %s", maxPath, path)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, none(err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { dir.Close() }, nil
}
