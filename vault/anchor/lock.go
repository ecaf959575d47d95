package anchor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tacit-vault/tacit/store/storedir"
)

// lockWait is how long a change waits for another process's: each takes a few
// fsyncs.
const lockWait = 5 * time.Second

// lock makes the folder where it is not there, and keeps other processes from
// changing what is in it. The Dir has the machine's id.
func (d Dir) lock() (named Dir, unlock func(), err error) {
	if d.Path == "" {
		return d, nil, ErrNowhere
	}
	if err := d.make(); err != nil {
		if errors.Is(err, ErrNoFolder) {
			return d, nil, err // it says so itself
		}
		return d, nil, fmt.Errorf("making the state folder: %w", err)
	}
	path := filepath.Join(d.Path, "lock")
	release, err := storedir.LockPath(path, lockWait)
	if errors.Is(err, storedir.ErrLocked) {
		return d, nil, fmt.Errorf("%w: %s", ErrLocked, path)
	}
	if err != nil {
		return d, nil, fmt.Errorf("locking %s: %w", path, err)
	}
	d, err = d.keepMachine()
	if err != nil {
		release()
		return d, nil, err
	}
	return d, release, nil
}

// make makes the folders that are not there, and their names last.
func (d Dir) make() error {
	for _, sub := range []string{"vaults", "paths"} {
		name := filepath.Join(d.Path, sub)
		if info, err := os.Lstat(name); err == nil && info.IsDir() {
			continue
		}
		err := os.MkdirAll(name, 0o700)
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
			return fmt.Errorf("%w: %w", ErrNoFolder, err)
		}
		if err == nil {
			err = errors.Join(syncFolderOf(name), syncFolderOf(d.Path))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
