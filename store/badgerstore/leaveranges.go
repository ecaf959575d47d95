package badgerstore

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// leaveRanges writes the hint about the tables in the folder dir of a database that is
// complete but for its name. So it comes into its place with the tables. Without it, or
// with half of it, reads take longer, and nothing else: it is not synced, no error is
// told, and a session that merges nothing leaves it as it is. Who reads opens the tables
// that have come since, which are few.
func leaveRanges(dir string) {
	s, err := badgerfiles.Read(dir)
	if err != nil || s.ReadManifest() != nil {
		return
	}
	b := s.EncodeRanges()
	if b == nil {
		return
	}
	path := filepath.Join(dir, badgerfiles.RangesName)
	f, err := storedir.OpenNoFollow(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return
	}
	_, err = f.Write(b)
	if errors.Join(err, f.Close()) != nil {
		_ = os.Remove(path)
	}
}
