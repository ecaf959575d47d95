package badgerstore

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// manifestBloat is the size from which on a writer shortens the file before
// it opens the database: it grows by some 60 bytes with each session.
const manifestBloat = 16 << 10

// unlistTables adds to the file that tables were deleted. Where that cannot be synced
// it is said all the same.
func unlistTables(s *badgerfiles.Set, ids []uint64) error {
	f, err := storedir.OpenNoFollow(filepath.Join(s.Dir, badgerfiles.ManifestName), os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return err
	}
	if _, err := f.Write(badgerfiles.Deletions(ids)); err != nil {
		return errors.Join(err, f.Truncate(int64(s.Manifest.Size)), f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// shortenManifest takes the history out of a long MANIFEST.
func shortenManifest(s *badgerfiles.Set) error {
	if s.Manifest.Size <= manifestBloat {
		return nil
	}
	return rewriteManifest(s)
}

// rewriteManifest writes what s says the tables are, the way Badger does: through
// a file of another name, which a crash leaves to be ignored.
func rewriteManifest(s *badgerfiles.Set) error {
	rewrite := filepath.Join(s.Dir, badgerfiles.RewriteName)
	f, err := storedir.OpenNoFollow(rewrite, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write(s.Manifest.Encode())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(rewrite))
	}
	if err := os.Rename(rewrite, filepath.Join(s.Dir, badgerfiles.ManifestName)); err != nil {
		return err
	}
	return storedir.SyncDir(s.Dir)
}

// dropDiscard removes a DISCARD on whose size Badger would come to grief.
func dropDiscard(s *badgerfiles.Set) error {
	if s.Discard <= 0 || s.Discard == badgerfiles.DiscardSize {
		return nil
	}
	return os.Remove(filepath.Join(s.Dir, badgerfiles.DiscardName))
}
