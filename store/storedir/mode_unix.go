//go:build unix

package storedir

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/tacit-vault/tacit/store"
	"golang.org/x/sys/unix"
)

// checkPrivate refuses a folder that others can get into, or that is not this
// user's. A foreign one's group may read it.
func checkPrivate(path string, info fs.FileInfo, foreign bool) error {
	if !info.IsDir() {
		return fmt.Errorf("%w: %s is not a folder", store.ErrUnsafe, path)
	}
	theirs := fs.FileMode(0o077)
	if foreign {
		theirs = 0o027
	}
	if perm := info.Mode().Perm(); perm&theirs != 0 {
		return fmt.Errorf("%w: %s has mode %04o, not 0700", store.ErrUnsafe, path, perm)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && !foreign && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%w: %s belongs to user %d", store.ErrUnsafe, path, st.Uid)
	}
	return nil
}

// MakePrivate takes the group's and the others' rights from a file.
func MakePrivate(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return os.Chmod(path, info.Mode().Perm()&0o700)
}

// OneName tells whether info is of a regular file that has no other name: what is
// written to it is written to no file elsewhere.
func OneName(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return info.Mode().IsRegular() && (!ok || st.Nlink < 2)
}

// CanWrite tells early, and in our words, that a folder cannot be written.
func CanWrite(dir string) error {
	err := unix.Access(dir, unix.W_OK)
	if err != nil && notWritable(err) {
		return fmt.Errorf("%w: %s: %w", store.ErrReadOnly, dir, err)
	}
	return err
}
