package system

import (
	"errors"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// MemoryPlace is a folder whose files lie in memory: the user's own, else the
// one that all share; "" where there is none. What lies there can be swapped out
// like any memory.
func MemoryPlace(env func(string) string) string {
	for _, dir := range memoryPlaces(env) {
		if unix.Access(dir, unix.W_OK|unix.X_OK) == nil {
			return dir
		}
	}
	return ""
}

// memoryPlaces are all that there are.
func memoryPlaces(env func(string) string) (places []string) {
	for _, dir := range []string{env("XDG_RUNTIME_DIR"), "/dev/shm"} {
		if dir != "" && InMemory(dir) && !slices.Contains(places, dir) {
			places = append(places, dir)
		}
	}
	return places
}

// InMemory tells whether the files of a folder lie in memory.
func InMemory(dir string) bool {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return false
	}
	magic := uint32(st.Type) // signed on some machines
	return magic == unix.TMPFS_MAGIC || magic == unix.RAMFS_MAGIC
}

// errFolderInUse is a folder that another process has locked.
var errFolderInUse = errors.New("in use by another process")

// lockFolder opens a folder and locks it, until it is closed here and in every
// process that has inherited it.
func lockFolder(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if err == unix.EWOULDBLOCK {
			return nil, errFolderInUse
		}
		return nil, err
	}
	return f, nil
}

// isOurs tells whether a file is this user's.
func isOurs(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
