package badgerfiles

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
)

// Survey is what the files of a store tell from outside. To look changes
// nothing, not even after an unclean stop.
type Survey struct {
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

// TakeSurvey tells the condition of the store in a folder. It waits that long for a
// writer to end, and does not keep anybody out for longer than it takes.
func TakeSurvey(ctx context.Context, dir string, wait time.Duration) (Survey, error) {
	c := Survey{Need: Reserve, NeedTight: TightReserve, FullBallast: storedir.BallastSize, Ballast: storedir.AllocatedBallast(dir)}
	var err error
	if c.Free, err = storedir.FreeSpace(dir); err != nil {
		return c, err
	}
	l, err := storedir.Peek(ctx, dir, wait)
	switch {
	case errors.Is(err, store.ErrBusy):
		c.InUse = true
		return c, nil
	case err != nil:
		return c, err
	case l != nil:
		defer l.Close()
	}
	c.fill(dir, l)
	return c, nil
}

// fill notes what is known once nobody writes. The lock is nil where there is
// no lock file.
func (c *Survey) fill(dir string, l *storedir.Lock) {
	for _, name := range append([]string{storedir.PartName, storedir.AsideName, storedir.NewName}, storedir.OldNames()...) {
		if path := filepath.Join(dir, name); storedir.Exists(path) && !(storedir.IsOldName(name) && storedir.HoldsOnlyLeftovers(path)) {
			c.Stopped = append(c.Stopped, name)
		}
	}
	entries, err := storedir.Entries(filepath.Join(dir, storedir.DatabaseName))
	if err == nil {
		for _, e := range entries {
			if !isDatabaseFile(e.Name()) {
				c.Strange = append(c.Strange, filepath.Join(storedir.DatabaseName, e.Name()))
			}
		}
	}
	if storedir.MustSettle(dir) {
		if !storedir.Exists(filepath.Join(dir, storedir.AsideName)) && !storedir.Exists(filepath.Join(dir, storedir.NewName)) {
			c.Err = store.ErrNoStore
		}
		return // or else the next Open has to settle first
	}
	_, fit, err := Inspect(dir, l, false)
	c.Err, c.Unclean = err, err == nil && !fit
}
