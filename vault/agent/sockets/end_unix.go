//go:build linux || darwin || freebsd

package sockets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// End ends an agent that cannot be asked to: with SIGTERM, at which it locks, and
// SIGCONT, for one that was stopped. It waits for the end, at most 10 s. It is
// false where the process is not known to be an agent of this user's: one that
// has a lock of the socket's or of the vault's, as the system says, not it.
func End(ctx context.Context, pid int, socket, vaultDir string) (ended bool, err error) {
	if pid <= 1 || pid == os.Getpid() || !mine(pid) || !isAgent(pid, socket, vaultDir) {
		return false, nil
	}
	if err := unix.Kill(pid, unix.SIGTERM); err != nil {
		return errors.Is(err, unix.ESRCH), nil
	}
	_ = unix.Kill(pid, unix.SIGCONT)
	return true, AwaitEnd(ctx, pid)
}

// isAgent tells whether the system says that a process has a lock that only the
// agent has. Where it does not tell, who answers at the socket is believed.
func isAgent(pid int, socket, vaultDir string) bool {
	locks, known := vault.LocksFile(pid, socket+".lock")
	if !locks && vaultDir != "" {
		var here bool
		locks, here = vault.LocksFile(pid, filepath.Join(vaultDir, "lock"))
		known = known || here
	}
	return locks || !known && !CanTellPrograms
}

// mine tells whether a process is this user's.
func mine(pid int) bool {
	if !CanTellPrograms {
		return os.Geteuid() != 0 // the system refuses a signal to another's
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return false
	}
	_, rest, _ := bytes.Cut(b, []byte("\nUid:"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	ids := bytes.Fields(line)
	for _, id := range ids {
		if string(id) != strconv.Itoa(os.Geteuid()) {
			return false
		}
	}
	return len(ids) > 0
}

// PeerPID is who listens at a socket, as the system says; 0 where it does not.
func PeerPID(ctx context.Context, socket string) int {
	conn, p, err := Reach(ctx, socket)
	if err != nil {
		return 0
	}
	conn.Close()
	return p.PID
}

// endTime is how long an agent may take to end.
const endTime = 10 * time.Second

// AwaitEnd waits until a process has ended, at most 10 s.
func AwaitEnd(ctx context.Context, pid int) error {
	for deadline := time.Now().Add(endTime); Running(pid); {
		if time.Now().After(deadline) {
			return &vault.SecretError{
				Code: vault.Busy, Op: "lock",
				Message: fmt.Sprintf("the agent (pid %d) was asked to end, and still runs", pid),
				Remedy:  remedy.To(remedy.KillAgent, remedy.Process.Named(strconv.Itoa(pid))),
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}
