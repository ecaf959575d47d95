package store

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
)

const (
	ballastName = "ballast"
	// ballastSize is what a writer needs to open a store on a full disk, delete
	// from it and close it: twice tightReserve.
	ballastSize = 8 << 20
	// ballastSlack stays free beside a ballast that takes up what is left.
	ballastSlack = 512 << 10
)

// makeBallast allocates a file of that many bytes. Where the system cannot
// reserve blocks, it writes bytes that do not compress.
func makeBallast(path string, size int64) (err error) {
	f, err := openNoFollow(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return fmt.Errorf("making the ballast: %w", err)
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			os.Remove(path)
			err = fmt.Errorf("making the ballast: %w", err)
		}
	}()
	// Into a pipe it would write until somebody reads, into another's file for good.
	if info, err := f.Stat(); err != nil || !own(info) {
		return fmt.Errorf("%w: %s is not a file of its own", ErrUnsafe, ballastName)
	}
	if allocate(f, size) == nil {
		return nil
	}
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(rand.Uint32())
	}
	noise := rand.NewChaCha8(seed)
	buf := make([]byte, 64<<10)
	for left := size; left > 0; left -= int64(len(buf)) {
		noise.Read(buf)
		if _, err := f.Write(buf[:min(left, int64(len(buf)))]); err != nil {
			return err
		}
	}
	return f.Sync()
}

// makeRoom makes sure that a writer can begin. It gives up the ballast where
// the disk is too full without.
func (b *Badger) makeRoom() error {
	free, err := freeSpace(b.dir)
	if err != nil {
		return fmt.Errorf("measuring free space: %w", err)
	}
	if free >= reserve {
		return nil
	}
	if err := os.Remove(b.path(ballastName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if needSpace(b.dir, reserve) == nil {
		return nil
	}
	b.tight = true
	b.opts.warn(fmt.Errorf("%w: the ballast was given up to make room for deletions", ErrNoSpace))
	if needSpace(b.dir, tightReserve) != nil {
		return needSpace(b.dir, reserve)
	}
	return nil
}

// restoreBallast brings the ballast back to its size, or to what is left of
// the disk, and tells what it could not do.
func (b *Badger) restoreBallast() error {
	info, err := os.Lstat(b.path(ballastName))
	if err == nil && !own(info) { // a link, a pipe: nothing that holds room
		err = os.Remove(b.path(ballastName))
		if err == nil {
			err = fs.ErrNotExist
		}
	}
	var have int64
	switch {
	case err == nil && info.Size() >= ballastSize:
		return nil
	case err == nil:
		have = info.Size()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	free, err := freeSpace(b.dir)
	if err != nil {
		return err
	}
	size := int64(ballastSize)
	if free+have < reserve+ballastSize {
		size = min(size, free+have-ballastSlack)
	}
	if size < 1<<20 || size <= have {
		return nil
	}
	return makeBallast(b.path(ballastName), size)
}
