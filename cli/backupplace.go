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
		if isTerminal(s.Out) && !o.force {
			return usage("backup: standard output is a terminal, and a backup is no text").hinted("tacit backup FILE; --force writes it to the terminal")
		}
		return nil
	}
	if sameFile(o.since, o.file) {
		return usage("backup: FILE %s is the backup of --since, and would be replaced by what came since it", o.file).hinted("name another file")
	}
	if err := s.outsideVaults("backup", o.file); err != nil || o.force {
		return err
	}
	if _, ok := namedDescriptor(o.file); ok {
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
