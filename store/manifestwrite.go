package store

import (
	"errors"
	"os"
	"path/filepath"
)

// manifestBloat is the size from which on a writer shortens the file before
// it opens the database: it grows by some 60 bytes with each session.
const manifestBloat = 16 << 10

// unlistTables adds to the file that tables were deleted. Where that cannot be synced
// it is said all the same.
func unlistTables(s *fileSet, ids []uint64) error {
	f, err := openNoFollow(filepath.Join(s.dir, manifestName), os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return err
	}
	if _, err := f.Write(deletions(ids)); err != nil {
		return errors.Join(err, f.Truncate(int64(s.manifest.size)), f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// shortenManifest takes the history out of a long MANIFEST.
func shortenManifest(s *fileSet) error {
	if s.manifest.size <= manifestBloat {
		return nil
	}
	return rewriteManifest(s)
}

// rewriteManifest writes what s says the tables are, the way Badger does: through
// a file of another name, which a crash leaves to be ignored.
func rewriteManifest(s *fileSet) error {
	rewrite := filepath.Join(s.dir, rewriteName)
	f, err := openNoFollow(rewrite, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write(s.manifest.encode())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(rewrite))
	}
	if err := os.Rename(rewrite, filepath.Join(s.dir, manifestName)); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// dropDiscard removes a DISCARD on whose size Badger would come to grief.
func dropDiscard(s *fileSet) error {
	if s.discard <= 0 || s.discard == discardSize {
		return nil
	}
	return os.Remove(filepath.Join(s.dir, discardName))
}
