package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Condition is what the files of a store tell from outside. To look changes
// nothing, not even after an unclean stop.
type Condition struct {
	// InUse: another process has it open for writing. What is said of the
	// database would be about its work under way, and is left out.
	InUse bool
	// Unclean: the last writer did not close; the next Open replays its log.
	Unclean bool
	// Stopped are the folders that a recovery or a purge left which was stopped
	// half way; the next Open finishes it, or removes them.
	Stopped []string
	// Strange are files in the database's folder that are not the database's.
	Strange []string
	// Err is what an Open would refuse the files for, as far as that can be told
	// from their names and sizes: it wraps ErrCorrupt, ErrUnsafe or ErrNoStore.
	Err error

	Free, Need           int64 // bytes that are free, and that a write needs
	NeedTight            int64 // bytes that a deletion needs, the ballast's included
	Ballast, FullBallast int64 // bytes that the ballast takes up on the disk, and should
}

// Look tells the condition of the store in a folder. It waits that long for a
// writer to end, and does not keep anybody out for longer than it takes.
func Look(ctx context.Context, dir string, wait time.Duration) (Condition, error) {
	c := Condition{Need: reserve, NeedTight: tightReserve, FullBallast: ballastSize}
	b := &Badger{dir: dir, readOnly: true, log: &eventLog{}}
	if info, err := os.Lstat(b.path(ballastName)); err == nil && info.Mode().IsRegular() {
		c.Ballast = allocated(info)
	}
	var err error
	if c.Free, err = freeSpace(dir); err != nil {
		return c, err
	}
	f, err := openNoFollow(b.path(lockName), os.O_RDONLY)
	switch {
	case errors.Is(err, fs.ErrNotExist): // nobody can be using it
	case err != nil:
		return c, err
	default:
		defer f.Close()
		folder, err := lockedFolder(dir)
		if err != nil {
			return c, err
		}
		if folder != nil {
			defer folder.Close() // and with it gives its lock back
		}
		l := &lock{file: f, folder: folder}
		err = poll(ctx, time.Now().Add(wait), func() error { return l.try(shared) })
		if errors.Is(err, errLocked) {
			c.InUse = true
			return c, nil
		}
		if err != nil {
			return c, err
		}
		defer unlockFile(f)
	}
	b.lock = &lock{file: f}
	b.look(&c)
	return c, nil
}

// look fills in what is known once nobody writes.
func (b *Badger) look(c *Condition) {
	for _, name := range append([]string{partName, asideName, newName}, oldNames()...) {
		if b.exists(name) && !(isOld(name) && onlyFileSystems(b.path(name))) {
			c.Stopped = append(c.Stopped, name)
		}
	}
	entries, err := Entries(b.path(dbName))
	if err == nil {
		for _, e := range entries {
			if !ownFile(e.Name()) {
				c.Strange = append(c.Strange, filepath.Join(dbName, e.Name()))
			}
		}
	}
	if b.exists(asideName) || !b.exists(dbName) && b.exists(newName) {
		return // the next Open has to settle first
	}
	_, fit, err := b.inspectUnlocked()
	c.Err, c.Unclean = err, err == nil && !fit
}

// inspectUnlocked is inspect where there may be no lock file.
func (b *Badger) inspectUnlocked() (*fileSet, bool, error) {
	if b.mustSettle() {
		return nil, false, ErrNoStore
	}
	if b.lock.file != nil {
		return b.inspect()
	}
	if err := b.checkFolder(); err != nil {
		return nil, false, err
	}
	s, err := readFileSet(b.path(dbName))
	return s, err == nil && !s.unclean(), err
}

// ownFile tells whether a name is that of a file of Badger's.
func ownFile(name string) bool {
	switch name {
	case manifestName, registryName, pidName, rewriteName, discardName:
		return true
	}
	switch filepath.Ext(name) {
	case ".sst", ".vlog", ".mem":
		return true
	}
	return false
}

// Part says what an entry of a store's folder is.
type Part int

// The parts of a store's folder.
const (
	NotOurs Part = iota
	LockFile
	BallastFile
	Database // db itself, or a folder that stands beside it for a while
	Copy     // db.aside and db.new, whose files may be further names of those in db
)

// PartOf tells what the entry with the name is.
func PartOf(name string) Part {
	switch name {
	case lockName:
		return LockFile
	case ballastName:
		return BallastFile
	case asideName, newName, partName:
		return Copy
	case dbName:
		return Database
	}
	if isOld(name) {
		return Copy
	}
	return NotOurs
}

// DropBallast removes the ballast, which the next writer to close makes anew.
func DropBallast(dir string) error {
	err := os.Remove(filepath.Join(dir, ballastName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
