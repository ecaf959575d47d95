package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/tacit-vault/tacit/crypto"
)

// lockWait is how long a change waits for another process's: each takes one
// fsync or two.
const lockWait = 5 * time.Second

// ErrRefused means that Save would have had to forget something for good: a
// pin, or which vault is trusted at a path.
var ErrRefused = errors.New("against what is remembered")

// Update is what a machine is to remember of a vault at a path.
type Update struct {
	Pin     crypto.Pin
	Point   crypto.Point
	Replica crypto.Replica // zero: keep the one remembered
	// Committed says that Point was committed just now: there is something to
	// save, so Save looks only once, with the lock held.
	Committed bool
	// Rotated allows another pin than the one remembered: links lead from that
	// one to Pin, and the vault was unlocked.
	Rotated bool
	// Force is the user's word: whatever is remembered of the vault at the path
	// is replaced, a lower commit, another pin, another vault and an unreadable
	// file included. The highest commit still only rises, unless the pin changes.
	Force bool
	// Announced is Force if this is what is announced for the path at that time.
	Announced bool
}

// Save remembers the vault with the id at realPath. Without Force, commits only
// rise: a lower one than what is remembered changes nothing. Where nothing
// changes, nothing is written; else the write is atomic, synced, and costs one
// fsync, at a new path two, by force two more. What was announced for the path
// is at an end. ErrRefused: another pin, or another vault at the
// path. ErrUnreadable: as in Load. ErrNowhere: there is no memory. Other errors are those of the file system.
func (d Dir) Save(id crypto.ID, realPath string, u Update) error {
	c := saving{d, id, realPath, u}
	// Most often there is nothing to do; then no lock is needed, and a folder
	// that cannot be written does not matter.
	if !u.Committed && !c.announces() {
		if vault, path, err := c.changes(); err != nil || vault == nil && path == nil {
			return err
		}
	}
	unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := c.heed(); err != nil {
		return err
	}
	vault, path, err := c.changes()
	if err != nil {
		return err
	}
	// The vault first: a path without its vault would make it a new one.
	if vault != nil {
		if err := writeFile(d.vaultFile(id), vault); err != nil {
			return err
		}
	}
	if path != nil {
		if err := writeFile(d.pathFile(realPath), path); err != nil {
			return err
		}
	}
	if c.Force {
		// Without these, a loss of power could bring back a memory by which the
		// vault that is there is a wrong one.
		if err := errors.Join(syncFolderOf(d.vaultFile(id)), syncFolderOf(d.pathFile(realPath))); err != nil {
			return err
		}
	}
	return remove(d.announcedFile(realPath))
}

// Forget drops what is remembered of the vault at realPath, and of the vault
// altogether if that was the last path. What is not remembered is no error, and
// what is unreadable is removed.
func (d Dir) Forget(id crypto.ID, realPath string) error {
	return d.drop(func() error { return d.forget(id, realPath) })
}

// drop removes something under the lock. Where there is no memory there is
// nothing to remove, and it makes none.
func (d Dir) drop(what func() error) error {
	if _, err := os.Lstat(d.Path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return what()
}

func (d Dir) forget(id crypto.ID, realPath string) error {
	if err := remove(d.announcedFile(realPath)); err != nil {
		return err
	}
	p, ok, err := load(d.pathFile(realPath), parsePath)
	if errors.Is(err, ErrUnreadable) || ok && p.vault == id {
		err = remove(d.pathFile(realPath))
	}
	if err != nil {
		return err
	}
	v, ok, err := load(d.vaultFile(id), parseVault)
	if errors.Is(err, ErrUnreadable) {
		return remove(d.vaultFile(id))
	}
	if err != nil || !ok {
		return err
	}
	i, ok := v.find(d.Machine, realPath)
	if !ok {
		return nil
	}
	if v.places = slices.Delete(v.places, i, i+1); len(v.places) == 0 {
		return remove(d.vaultFile(id))
	}
	return writeFile(d.vaultFile(id), v.marshal())
}

// saving is one call of Save.
type saving struct {
	Dir
	id   crypto.ID
	path string
	Update
}

// announces tells whether there is an announcement for the path.
func (c saving) announces() bool {
	_, err := os.Lstat(c.announcedFile(c.path))
	return err == nil
}

// heed makes the update one by force if it is what was announced.
func (c *saving) heed() error {
	a, _, err := load(c.announcedFile(c.path), parseAnnouncement)
	if err != nil && !(c.Force && errors.Is(err, ErrUnreadable)) {
		return err
	}
	c.Force = c.Force || c.Announced && a.Announced == Announced{c.id, c.Pin, c.Point}
	return nil
}

// changes returns the new bytes of both files, nil for one that is right as it is.
func (c saving) changes() (vault, path []byte, err error) {
	p, ok, err := load(c.pathFile(c.path), parsePath)
	if err != nil && !(c.Force && errors.Is(err, ErrUnreadable)) {
		return nil, nil, err
	}
	if ok && p.vault != c.id && !c.Force {
		return nil, nil, fmt.Errorf("%w: vault %s is trusted at %s", ErrRefused, p.vault, c.path)
	}
	if !ok || p.vault != c.id {
		path = (&pathMemory{c.path, c.id}).marshal()
	}
	v, ok, err := load(c.vaultFile(c.id), parseVault)
	if err == nil && !ok && path == nil {
		err = c.errLost(c.id)
	}
	if err != nil && !(c.Force && errors.Is(err, ErrUnreadable)) {
		return nil, nil, err
	}
	if !ok {
		v = vaultMemory{pin: c.Pin, highest: c.Point}
	}
	before := v.marshal()
	if err := c.change(&v); err != nil {
		return nil, nil, err
	}
	if after := v.marshal(); !ok || !bytes.Equal(before, after) {
		vault = after
	}
	if len(vault) > maxFile {
		return nil, nil, fmt.Errorf("%s: no room for another path", c.vaultFile(c.id))
	}
	return vault, path, nil
}

// change puts the update into v.
func (c saving) change(v *vaultMemory) error {
	if v.pin != c.Pin {
		if !c.Force && !c.Rotated {
			return fmt.Errorf("%w: the pin of vault %s is %s", ErrRefused, c.id, v.pin)
		}
		v.pin = c.Pin
		if c.Force {
			v.highest = c.Point // that of the other pin means nothing here
		}
	}
	if c.Point.Seq > v.highest.Seq || c.Force && c.Point.Seq == v.highest.Seq {
		v.highest = c.Point
	}
	i, ok := v.find(c.Machine, c.path)
	if !ok {
		here := place{machine: c.Machine, path: c.path}
		if err := c.makeRoom(v, here); err != nil {
			return err
		}
		i, _ = v.find(c.Machine, c.path)
		v.places = slices.Insert(v.places, i, here)
	}
	here := &v.places[i]
	if c.Point.Seq > here.at.Seq || c.Force {
		here.at = c.Point
	}
	if c.Replica != (crypto.Replica{}) {
		here.replica = c.Replica
	}
	return nil
}

// makeRoom drops paths of this machine that are gone, where there are too many:
// a vault that is copied to a new place for each run of a test would fill the
// file. Should one come back, it is held against the highest commit, as a new one.
func (c saving) makeRoom(v *vaultMemory, another place) error {
	// Seqs take up to ten digits, wherever they are.
	room := maxFile - len(another.marshal()) - 2*len("9999999999")
	if len(v.places) < maxPlaces && len(v.marshal()) < room {
		return nil
	}
	v.places = slices.DeleteFunc(v.places, func(p place) bool {
		_, err := os.Lstat(p.path)
		return p.machine == c.Machine && errors.Is(err, fs.ErrNotExist)
	})
	if len(v.places) >= maxPlaces || len(v.marshal()) >= room {
		return fmt.Errorf("%s: the vault is remembered at %d paths, no more are kept", c.vaultFile(c.id), len(v.places))
	}
	return nil
}

// lock makes the folder where it is not there, and keeps other processes from
// changing what is in it.
func (d Dir) lock() (unlock func(), err error) {
	if d.Path == "" {
		return nil, ErrNowhere
	}
	for _, sub := range []string{"vaults", "paths"} {
		if err := os.MkdirAll(filepath.Join(d.Path, sub), 0o700); err != nil {
			return nil, fmt.Errorf("making the state folder: %w", err)
		}
	}
	l := flock.New(filepath.Join(d.Path, "lock"))
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	if _, err := l.TryLockContext(ctx, time.Millisecond); err != nil {
		return nil, fmt.Errorf("locking %s: %w", l.Path(), err)
	}
	return func() { l.Unlock() }, nil
}

// writeFile replaces a file at once: after a crash there is the old one or the
// new. The folder is not synced: should the power fail before the rename is on
// disk, the older memory is still a true one, unless it was changed by force. The caller holds the lock, so the
// temporary name is free, and what a crash left under it is removed.
func writeFile(name string, b []byte) (err error) {
	temp := name + ".new"
	if err := remove(temp); err != nil {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp)
		}
	}()
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(temp, name)
}

// remove removes a file that may not be there.
func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolderOf makes sure that what was done to the name stays done.
func syncFolderOf(name string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	f, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer f.Close()
	// Some file systems cannot sync a folder, and need not.
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
