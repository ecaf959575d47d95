//go:build darwin || dragonfly || freebsd || linux

package storedir

import "golang.org/x/sys/unix"

// FreeSpace returns how many bytes this user can still write where dir lies.
func FreeSpace(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	free := int64(s.Bavail) * int64(s.Bsize)
	return max(free, 0), nil
}
