package storedir

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/store"
)

const (
	BallastName = "ballast"
	// BallastSize is what a writer needs to open a store on a full disk, delete
	// from it and close it: twice badgerfiles.TightReserve.
	BallastSize = 8 << 20
	// BallastSlack stays free beside a ballast that takes up what is left.
	BallastSlack = 512 << 10
)

// MakeBallast allocates a file of that many bytes. Where the system cannot
// reserve blocks, it writes bytes that do not compress.
func MakeBallast(path string, size int64) (err error) {
	f, err := OpenNoFollow(path, os.O_RDWR|os.O_CREATE)
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
	if info, err := f.Stat(); err != nil || !OneName(info) {
		return fmt.Errorf("%w: %s is not a file of its own", store.ErrUnsafe, BallastName)
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

// AllocatedBallast is how many bytes the ballast in the folder dir takes up on the disk.
func AllocatedBallast(dir string) int64 {
	info, err := os.Lstat(filepath.Join(dir, BallastName))
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return allocated(info)
}

// DropBallast removes the ballast, which the next writer to close makes anew.
func DropBallast(dir string) error {
	err := os.Remove(filepath.Join(dir, BallastName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
