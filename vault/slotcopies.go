package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// slotCopyName is what the copy of a slot is called, for recovery with stock
// age when the database is beyond use. Copies are never read to open a vault.
func slotCopyName(s crypto.Slot) string { return fmt.Sprintf("%02d-%s.age", s.ID, s.Label) }

// opCopies is the operation of errors about them that stop nothing.
const opCopies = "slot copies"

// slotCopies are the copies of the key slots of a vault, in a folder of its own.
type slotCopies struct {
	current *current
	warn    func(error)
	looked  bool // guarded by Vault.writing: they were held against the slots
}

// read reads the copy of a slot.
func (c *slotCopies) read(s crypto.Slot) ([]byte, error) {
	root, err := os.OpenRoot(c.current.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if fi, err := root.Lstat(slotsDirName); err != nil || !fi.IsDir() {
		return nil, errors.Join(err, storedir.ErrIrregular)
	}
	return readSmall(root, filepath.Join(slotsDirName, slotCopyName(s)), crypto.MaxSlotFile)
}

// mend looks at the copies before the first change of this handle. A copy that
// cannot be mended is no reason not to make the change.
func (c *slotCopies) mend(ctx context.Context) {
	if c.looked {
		return
	}
	c.looked = true
	if err := c.write(ctx); err != nil {
		c.warn(fail(opCopies, err))
	}
}

// stage writes the copies of the slots that a plan adds, before it is committed:
// killed afterwards, the vault has the copies of all its slots. Those of a plan
// that comes to nothing go with the next change. Like all copies, they are no
// reason not to make the change.
func (c *slotCopies) stage(p *plan) {
	if len(p.slots) == 0 {
		return
	}
	c.looked = false // until it is known what became of the plan
	if err := c.add(p); err != nil {
		c.warn(fail(opCopies, err))
	}
}

func (c *slotCopies) add(p *plan) error {
	dir, err := c.open()
	if err != nil {
		return err
	}
	defer dir.Close()
	for _, s := range p.head.Slots {
		for _, added := range p.slots {
			if !bytes.Equal(added.key, slotKey(s.ID)) {
				continue
			}
			if err := storedir.ReplaceIn(dir, slotCopyName(s), added.value); err != nil {
				return err
			}
		}
	}
	return SyncDirs(filepath.Join(c.current.dir, slotsDirName))
}

// write makes the copies what the slot table says, and removes those of slots that
// are no more.
func (c *slotCopies) write(ctx context.Context) error {
	head, files, err := c.current.slotFiles(ctx)
	if err != nil {
		return during(opCopies, err)
	}
	dir, err := c.open()
	if err != nil {
		return err
	}
	defer dir.Close()
	keep := map[string]bool{}
	for i, s := range head.Slots {
		name := slotCopyName(s)
		keep[name] = true
		if old, err := c.read(s); err == nil && bytes.Equal(old, files[i]) {
			continue
		}
		if err := storedir.ReplaceIn(dir, name, files[i]); err != nil {
			return err
		}
	}
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !keep[entry.Name()] && !entry.IsDir() && !storedir.Leftover(entry.Name()) {
			if err := dir.Remove(entry.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// open opens the folder of the copies, and makes it where it is not there. A link
// in its place is refused, and nothing outside of the vault's folder can be touched
// through what is returned.
func (c *slotCopies) open() (*os.Root, error) {
	root, err := os.OpenRoot(c.current.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if err := root.Mkdir(slotsDirName, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if fi, err := root.Lstat(slotsDirName); err != nil || !fi.IsDir() {
		return nil, during(opCopies, unsafePath(filepath.Join(c.current.dir, slotsDirName), "not a folder", remedy.To(remedy.Remove)))
	}
	return root.OpenRoot(slotsDirName)
}

// bad names the copies that are missing or differ from their slots.
func (c *slotCopies) bad(slots []crypto.Slot) (bad []string) {
	for _, s := range slots {
		copied, err := c.read(s)
		if err != nil || crypto.Sum(copied) != s.Sum {
			bad = append(bad, filepath.Join(slotsDirName, slotCopyName(s)))
		}
	}
	return bad
}
