//go:build !unix

package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// movesOpen: no folder can be renamed in which somebody has a file open.
const movesOpen = false

// sharing is Windows' error for what somebody else has open.
const sharing = syscall.Errno(32)

// moveFolder renames a folder, once nobody has a file in it open: whoever waits
// for the vault's lock has.
func moveFolder(ctx context.Context, from, to string, wait time.Duration) error {
	const pause = 20 * time.Millisecond
	for end := time.Now().Add(wait); ; {
		err := os.Rename(from, to)
		if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, sharing) || !time.Now().Before(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// checkOwner has nothing to ask where a folder has no mode: access is what the
// user's profile gives.
func checkOwner(dir string, fi fs.FileInfo, owners []int) error { return nil }

func changeable(dir string) error { return nil }

func foreign(dir string) bool { return false }

func openToOthers(fs.FileInfo) bool { return false }

func ownedByUs(fs.FileInfo) bool { return true }

// otherOwner: files have no owners here.
func otherOwner(string) (uid int, ok bool) { return 0, false }
