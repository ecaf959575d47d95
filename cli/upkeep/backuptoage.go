package upkeep

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// toAgeJSON is what was written as plain age files.
type toAgeJSON struct {
	Folder     string   `json:"folder"`
	Secrets    int      `json:"secrets"`
	Recipients []string `json:"recipients"`
}

// backupToAge writes one plain age file a secret, in a folder that appears whole
// or not at all.
func backupToAge(ctx context.Context, s *frame.Session, o backupOptions) error {
	if err := vacantFolder(s, o.toAge); err != nil {
		return err
	}
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return err
	}
	defer v.Close()
	recipients := o.recipients.Value()
	if len(recipients) == 0 {
		recipients = publicRecipients(v.Status().Slots)
	}
	if len(recipients) == 0 {
		return failure.Fault(vault.InvalidValue, "backup --to-age: no key slot of the vault has a recipient that age could encrypt to").
			Hinted("name one: --recipient age1…, as age-keygen -y prints it")
	}
	sealer, err := s.Kinds.NewSealer(recipients)
	if err != nil {
		return failure.Fault(vault.InvalidValue, "backup --to-age: %v", err).Hinted("a recipient is age1…, as age-keygen -y prints it, or an SSH public key")
	}
	n, err := writeAgeFolder(ctx, s, v, o.toAge, sealer)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(toAgeJSON{o.toAge, n, recipients})
	}
	s.Say("wrote %s to %s, each for %s", frame.Count(n, "age file"), o.toAge, frame.Count(len(recipients), "recipient"))
	return nil
}

// publicRecipients are those of the slots that stock age can open with a file:
// a key in a keyring or a plugin is not at hand where tacit is not.
func publicRecipients(slots []vault.SlotInfo) (recipients []string) {
	for _, slot := range slots {
		if slot.Kind == keyring.KindAge || slot.Kind == keyring.KindSSH {
			recipients = append(recipients, slot.Recipient)
		}
	}
	return recipients
}

// vacantFolder refuses a folder that is not new or empty, or that cannot be
// replaced.
func vacantFolder(s *frame.Session, dir string) error {
	if err := frame.OutsideVaults(s, "backup", dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return failure.FileError("backup", dir, err)
	case len(entries) > 0:
		return failure.Fault(vault.Exists, "backup %s: the folder is not empty", dir).Hinted("name a new folder")
	}
	if here, err := os.Stat("."); err == nil {
		if there, err := os.Stat(dir); err == nil && os.SameFile(here, there) {
			return failure.Usage("backup: --to-age %s is the current folder, and a new one takes its place", dir).Hinted("name a new folder")
		}
	}
	return nil
}

// writeAgeFolder makes the folder beside its place, and then names it. A link to
// it is followed.
func writeAgeFolder(ctx context.Context, s *frame.Session, v frame.OpenVault, dir string, sealer *keyring.Sealer) (n int, err error) {
	real, err := disk.LeadsTo(filepath.Clean(dir))
	if err != nil {
		return 0, failure.FileError("writing", dir, err)
	}
	dir = real
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".tacit-*") // 0700
	if err != nil {
		return 0, failure.FileError("writing", dir, err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(temp)
		}
	}()
	bar := s.Progress("writing")
	defer bar.Done()
	total := v.Status().Names
	err = v.ReadEach(ctx, nil, func(sec vault.Secret) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		n++
		bar.Update(n, total)
		return writeAgeFile(filepath.Join(temp, sec.Name+".age"), sec.Value.Reveal(), sealer)
	})
	if err != nil {
		return 0, err
	}
	if err := placeFolder(temp, dir); err != nil {
		return 0, failure.FileError("writing", dir, err)
	}
	return n, nil
}

// placeFolder gives a folder that is whole its name, for good.
func placeFolder(temp, dir string) error {
	if err := disk.SyncFolder(temp); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		return err
	}
	return disk.SyncFolder(filepath.Dir(dir))
}

// writeAgeFile writes a new file. Two names that differ in case only are one
// file on some disks: that is an error, and not one value less.
func writeAgeFile(path string, value []byte, sealer *keyring.Sealer) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return failure.FileError("writing", path, err)
	}
	err = sealer.Seal(f, value)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return failure.FileError("writing", path, err)
	}
	return nil
}
