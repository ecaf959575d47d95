package cli

import (
	"errors"
	"io/fs"
	"os"

	"github.com/tacit-vault/tacit/vault"
)

// vacant refuses a FILE that a backup must not be written to, before a key is
// asked for.
func (s *session) vacant(o backupOptions) error {
	if o.file == "-" {
		return nil
	}
	if o.force {
		return nil
	}
	switch info, err := os.Stat(o.file); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fileError("backup", o.file, err)
	case info.Mode().IsRegular(), info.IsDir():
		return fault(vault.Exists, "backup %s: it is there already", o.file).hinted("name another file, or replace it with --force")
	}
	return nil
}
