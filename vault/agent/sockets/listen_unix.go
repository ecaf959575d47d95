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
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Listen opens the socket of an agent, 0600 in a folder that is 0700, which it
// makes where it is missing. The socket of an agent that was killed is replaced.
// While the listener is open, or another agent answers there, a second Listen
// returns ErrRunning. Close removes the socket.
//
// Its errors wrap ErrRunning, or ErrForeign where the folder, or what is at the
// socket's place, is not this user's alone.
func Listen(path string) (net.Listener, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the agent's socket: %w", err)
	}
	if err := checkFolder(dir); err != nil {
		return nil, err
	}
	lock, err := takeLock(path + ".lock")
	if err != nil {
		return nil, err
	}
	l, err := listenAlone(path)
	if err != nil {
		letGo(lock)
		return nil, err
	}
	removeGrants(path)
	return newListener(l, path, lock)
}

// removeGrants removes the sockets for less that an agent left here which was
// killed: see grantPath.
func removeGrants(path string) {
	left, _ := filepath.Glob(strings.TrimSuffix(path, Suffix) + "-" + strings.Repeat("[0-9a-f]", 8) + Suffix)
	for _, old := range left {
		if checkSocket(old) == nil {
			os.Remove(old)
		}
	}
}

// ListenBeside opens a socket whose name nobody else has.
func ListenBeside(path string) (net.Listener, error) {
	l, err := listenAlone(path)
	if err != nil {
		return nil, err
	}
	return newListener(l, path, nil)
}

// takeLock takes the lock that an agent holds as long as it listens. The file
// stays: to remove it would let two have it.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the agent's socket: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrRunning
		}
		return nil, fmt.Errorf("locking the agent's socket: %w", err)
	}
	return f, nil
}

// letGo gives the lock back. To close the file is not enough: a process that this
// one is just starting has it too, until it is another program.
func letGo(lock *os.File) {
	unix.Flock(int(lock.Fd()), unix.LOCK_UN)
	lock.Close()
}

// listenAlone binds the socket. The caller holds the lock.
func listenAlone(path string) (*net.UnixListener, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	short, release, err := Shorten(path)
	if err != nil {
		return nil, err
	}
	defer release()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("opening the agent's socket: %w", err)
	}
	l.SetUnlinkOnClose(false) // by its whole path, and under the lock
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		os.Remove(path)
		return nil, err
	}
	return l, nil
}

// removeStale removes a socket that nobody is behind.
func removeStale(path string) error {
	err := checkSocket(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, _, err := Reach(ctx, path)
	if err == nil {
		conn.Close()
		return ErrRunning // one that was handed its socket, by systemd say
	}
	if !errors.Is(err, ErrNone) {
		return fmt.Errorf("%w: %w", ErrRunning, err)
	}
	return os.Remove(path)
}

// Listener is a socket that is ours: it goes when it is closed.
type Listener struct {
	*net.UnixListener
	path string
	made os.FileInfo // the socket as it was made
	lock *os.File    // nil for a socket beside another
	once sync.Once
	err  error
}

func newListener(l *net.UnixListener, path string, lock *os.File) (net.Listener, error) {
	made, err := os.Lstat(path)
	if err != nil {
		l.Close()
		if lock != nil {
			letGo(lock)
		}
		return nil, err
	}
	return &Listener{UnixListener: l, path: path, made: made, lock: lock}, nil
}

// Path is where the socket lies.
func (l *Listener) Path() string { return l.path }

// Close removes the socket, then lets another agent listen.
func (l *Listener) Close() error {
	l.once.Do(func() {
		if l.There() { // and not another's
			os.Remove(l.path)
		}
		l.err = l.UnixListener.Close()
		if l.lock != nil {
			letGo(l.lock)
		}
	})
	return l.err
}

// RemoveStale removes the socket of an agent that was killed. ErrRunning where
// there is somebody behind it.
func RemoveStale(path string) error {
	lock, err := takeLock(path + ".lock")
	if err != nil {
		return err
	}
	defer letGo(lock)
	return removeStale(path)
}

// There tells whether the socket is still where it was opened.
func (l *Listener) There() bool {
	now, err := os.Lstat(l.path)
	return err == nil && os.SameFile(now, l.made)
}

// Again opens the socket at its place once more, which was emptied or taken.
func (l *Listener) Again() (*Listener, error) {
	if l.lock == nil {
		bound, err := ListenBeside(l.path)
		if err != nil {
			return nil, err
		}
		return bound.(*Listener), nil
	}
	if at, err := os.Stat(l.path + ".lock"); err == nil {
		if ours, err := l.lock.Stat(); err == nil && os.SameFile(at, ours) {
			letGo(l.lock) // it is taken again in a moment
		}
	}
	bound, err := Listen(l.path)
	if err != nil {
		return nil, err
	}
	return bound.(*Listener), nil
}

// Drop closes the socket and leaves what lies in its place alone.
func (l *Listener) Drop() {
	l.once.Do(func() {
		l.err = l.UnixListener.Close()
		if l.lock != nil {
			letGo(l.lock)
		}
	})
}
