//go:build unix

package vault

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// movesOpen: a folder can be renamed while files in it are open.
const movesOpen = true

func moveFolder(_ context.Context, from, to string, _ time.Duration) error {
	return os.Rename(from, to)
}

// openToOthers tells whether a folder's mode lets others in.
func openToOthers(fi fs.FileInfo) bool { return fi.Mode().Perm()&0o077 != 0 }

// ownedByUs tells whether a folder is this user's, or root asks.
func ownedByUs(fi fs.FileInfo) bool {
	st, ok := fi.Sys().(*syscall.Stat_t)
	return !ok || int(st.Uid) == os.Geteuid() || os.Geteuid() == 0
}

// checkOwner refuses a folder that belongs to another user, or that its group
// or the world can enter. One of the owners' may be read by its group.
func checkOwner(dir string, fi fs.FileInfo, owners []int) error {
	theirs := fs.FileMode(0o077)
	if st, ok := fi.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		if !slices.Contains(owners, int(st.Uid)) {
			return unsafePath(dir, fmt.Sprintf("the vault folder belongs to another user (uid %d)", st.Uid),
				remedy.To(remedy.ActAsOwnerOrAllow, remedy.User.Named(strconv.Itoa(int(st.Uid)))))
		}
		theirs = 0o027
	}
	if perm := fi.Mode().Perm(); perm&theirs != 0 {
		return unsafePath(dir, fmt.Sprintf("the vault folder lets others in (mode %04o)", perm),
			remedy.To(remedy.CloseFolder, remedy.Path.Named(dir)))
	}
	return nil
}

// changeable refuses to write to a vault that belongs to another user: what this one makes
// there, its owner could not read.
func changeable(dir string) error {
	fi, err := os.Lstat(dir)
	if err != nil {
		return pathError(dir, err)
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return &SecretError{
			Code: ReadOnly, Path: dir,
			Message: fmt.Sprintf("the vault belongs to another user (uid %d), and is only read", st.Uid),
			Remedy:  remedy.To(remedy.ActAsOwner),
		}
	}
	return nil
}

// foreign tells whether a folder belongs to another user.
func foreign(dir string) bool { return changeable(dir) != nil }

// otherOwner is the user that a file belongs to, where that is another one.
func otherOwner(path string) (uid int, ok bool) {
	fi, err := os.Lstat(path)
	if err != nil {
		return 0, false
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) == os.Geteuid() {
		return 0, false
	}
	return int(st.Uid), true
}
