package upkeep

import (
	"errors"
	"io/fs"
	"os"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// checkBackupTarget refuses a FILE that a backup must not be written to, before a key is
// asked for.
func checkBackupTarget(s *frame.Session, o backupOptions) error {
	if o.file == "-" {
		if terminal.IsTerminal(s.Out) && !o.force {
			return failure.Usage("backup: standard output is a terminal, and a backup is no text").Hinted("{tacit backup FILE}; --force writes it to the terminal")
		}
		return terminal.CheckLost(s.Out)
	}
	if disk.SameFile(o.since, o.file) {
		return failure.Usage("backup: FILE %s is the backup of --since, and would be replaced by what came since it", o.file).Hinted("name another file")
	}
	if err := frame.OutsideVaults(s, "backup", o.file); err != nil || o.force {
		return err
	}
	if _, ok := system.NamedDescriptor(o.file); ok {
		return nil
	}
	switch info, err := os.Stat(o.file); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return failure.FileError("backup", o.file, err)
	case info.Mode().IsRegular(), info.IsDir():
		return failure.Fault(vault.Exists, "backup %s: the file exists already", o.file).Hinted("name another file, or replace it with --force")
	}
	return nil
}
