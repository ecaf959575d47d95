package vault

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2/maybe"

	"github.com/tacit-vault/tacit/crypto"
)

// slotFileLimit is the largest slot file, in bytes.
const slotFileLimit = 16 << 10

// slotCopy is where the copy of a slot lies, for recovery with stock age when
// the database is beyond use. Copies are never read to open a vault.
func (v *Vault) slotCopy(s crypto.Slot) string {
	return filepath.Join(v.dir, slotsDirName, fmt.Sprintf("%02d-%s.age", s.ID, s.Label))
}

// writeSlotCopies makes the copies what the slot table says, and removes those
// of slots that are no more.
func (v *Vault) writeSlotCopies() error {
	dir := filepath.Join(v.dir, slotsDirName)
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	keep := map[string]bool{}
	for _, s := range v.head.Slots {
		path := v.slotCopy(s)
		keep[filepath.Base(path)] = true
		file, err := v.slotFile("copy", s)
		if err != nil {
			return err
		}
		if old, err := readSmall(path, slotFileLimit); err == nil && bytes.Equal(old, file) {
			continue
		}
		if err := maybe.WriteFile(path, file, 0o600); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !keep[entry.Name()] {
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// badSlotCopies names the copies that are missing or differ from their slots.
func (v *Vault) badSlotCopies() (bad []string) {
	for _, s := range v.head.Slots {
		copied, err := readSmall(v.slotCopy(s), slotFileLimit)
		if err != nil || crypto.Sum(copied) != s.Sum {
			bad = append(bad, filepath.Join(slotsDirName, filepath.Base(v.slotCopy(s))))
		}
	}
	return bad
}
