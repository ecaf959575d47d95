package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Create makes a vault in dir, which must not exist, be empty, or hold only
// Leavings, and returns it unlocked and open for writing. What it made is
// removed if it fails.
//
// Codes: Exists where the folder is a vault, or not empty, or lies in another
// vault's; VaultMissing where this machine knows a vault there that is gone; Busy
// where another process is making one there; InvalidValue for slots or a policy that cannot
// be; NoSpace, ReadOnly.
func Create(ctx context.Context, dir string, o CreateOptions) (v *Vault, err error) {
	const op = "init"
	defer naming(op, &err)
	if err := Vacant(op, dir, o.State); err != nil {
		return nil, err
	}
	return createAt(ctx, dir, o, func(v *Vault) error { return v.witness.rememberNew(v.current.head) })
}

// createAt is Create, with what is done last.
func createAt(ctx context.Context, dir string, o CreateOptions, last func(*Vault) error) (*Vault, error) {
	if o.Policy == (Policy{}) {
		o.Policy = DefaultPolicy()
	}
	if err := o.Policy.check(); err != nil {
		return nil, err
	}
	made, err := makeDir(ctx, dir, o.State)
	if err != nil {
		if made {
			os.Remove(dir) // empty: nothing is left of an init that was refused
		}
		return nil, err
	}
	v, filled, err := create(ctx, dir, o)
	if err == nil {
		if err = last(v); err != nil {
			v.Close()
		}
	}
	switch {
	case err == nil:
		return v, nil
	case filled:
		removeMade(dir, made)
	case made:
		os.Remove(dir) // what lies in it by now is another's
	}
	return nil, err
}

// makeDir makes the vault's folder, or takes an empty one, or one that an init
// left that was stopped. made tells whether it is new.
func makeDir(ctx context.Context, dir, state string) (made bool, err error) {
	if fi, err := os.Lstat(filepath.Clean(dir)); err == nil && fi.Mode()&fs.ModeSymlink != 0 {
		return false, linkedPath(dir, "the folder is a symbolic link", remedy.NameFolderItself)
	}
	entries, err := storedir.Entries(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err = os.MkdirAll(dir, 0o700); err == nil {
			// The umask may have taken more, and MkdirAll an existing parent's mode.
			err = os.Chmod(dir, 0o700)
			if fi, statErr := os.Lstat(dir); statErr == nil && openToOthers(fi) {
				return true, noModes(dir)
			}
		}
		return true, pathError(dir, err)
	case err != nil:
		return false, pathError(dir, err)
	}
	for _, entry := range entries {
		if entry.Name() == vaultFileName {
			return false, vaultThere(dir)
		}
	}
	if len(entries) > 0 {
		if left, err := Leavings(dir, state); err != nil || !left {
			return false, notEmpty(dir)
		}
		if err := clearLeavings(ctx, dir, state); err != nil {
			return false, err
		}
	}
	err = os.Chmod(dir, 0o700)
	if fi, statErr := os.Lstat(dir); statErr == nil && openToOthers(fi) && errors.Is(err, fs.ErrPermission) && ownedByUs(fi) {
		return false, noModes(dir)
	}
	if err != nil {
		return false, pathError(dir, err)
	}
	_, err = checkDir(dir)
	return false, err
}

// noModes is a disk on which a folder cannot be closed to others, such as FAT
// or exFAT: no chmod helps there.
func noModes(dir string) error {
	return unsafePath(dir, "this disk keeps no modes: a folder on it cannot be closed to others",
		remedy.To(remedy.MountForYourself))
}

func vaultThere(dir string) error {
	return &SecretError{
		Code: Exists, Path: dir, Message: "there is a vault here already",
		Remedy: remedy.To(remedy.UseAsItIs),
	}
}

// removeMade takes back what an init that failed has made.
func removeMade(dir string, made bool) {
	if made {
		os.RemoveAll(dir)
		return
	}
	entries, _ := storedir.Entries(dir)
	for _, entry := range entries {
		os.RemoveAll(filepath.Join(dir, entry.Name()))
	}
}

// create fills an empty folder. VAULT comes last: a folder without it is no
// vault, so an init that is killed leaves none. filled tells whether there is a
// store in it that this call has made.
func create(ctx context.Context, dir string, o CreateOptions) (made *Vault, filled bool, err error) {
	real, err := checkDir(dir)
	if err != nil {
		return nil, false, err
	}
	options := Options{Write: true, State: o.State, Store: o.Store, Now: o.Now, Warn: o.Warn}
	anchors, err := options.anchors()
	if err != nil {
		return nil, false, wrap("", err)
	}
	v := newVault(real, options, anchors)
	v.witness.replica, v.witness.isNew, v.commits.swept, v.copies.looked = crypto.NewReplica(), true, true, true
	v.file = crypto.VaultFile{ID: crypto.NewID(), Created: v.now().UTC().Truncate(time.Second)}
	suite := crypto.X25519
	if o.PostQuantum {
		suite = crypto.Hybrid
	}
	identity, err := crypto.NewIdentity(suite)
	if err != nil {
		return nil, false, wrap("", err)
	}
	v.current.identity = identity
	slots, files, err := makeSlots(identity, o.Slots, v.now().Unix())
	if err != nil {
		identity.Wipe()
		return nil, false, err
	}
	if v.current.keys, err = identity.Unlock(v.file.ID); err != nil {
		identity.Wipe()
		return nil, false, wrap("", err)
	}
	vaultFile := v.file.Marshal()
	root, leaf := crypto.EmptyTree()
	first := &crypto.Head{
		Vault: v.file.ID, Format: crypto.Format, Suite: suite, VaultFile: crypto.Sum(vaultFile), Pin: v.current.keys.Pin(),
		Seq: 1, Time: v.now().Unix(), Root: root, NextSlot: uint32(len(slots)) + 1, Slots: slots, Policy: o.Policy.asMap(nil),
	}
	p := &plan{s: &snapshot{dir: real, keys: v.current.keys}, head: *first, nodes: []crypto.Node{leaf}, slots: files}
	head, z, err := p.sign()
	if err != nil {
		return nil, false, wrap("", err)
	}
	v.current.store, err = v.options.open(ctx, real, store.Options{Create: true, Warn: o.Warn})
	if err != nil {
		return nil, false, storeError(real, err)
	}
	err = v.fill(ctx, p, head, z, vaultFile)
	if err == nil {
		err = v.noteOpened()
	}
	if err != nil {
		v.Close()
		return nil, true, storeError(real, err)
	}
	return v, true, nil
}

// fill writes what a new vault is made of, and syncs its folders.
func (v *Vault) fill(ctx context.Context, p *plan, head *crypto.SignedHead, z, vaultFile []byte) error {
	if err := v.commits.writeOnce(p, head, z); err != nil {
		return err
	}
	if err := v.copies.write(ctx); err != nil {
		return err
	}
	dir, err := os.OpenRoot(v.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := storedir.ReplaceIn(dir, vaultFileName, vaultFile); err != nil {
		return err
	}
	return SyncDirs(v.dir, filepath.Join(v.dir, slotsDirName), filepath.Dir(v.dir))
}

// makeSlots seals the vault identity to each of the first ways in.
func makeSlots(identity *crypto.Identity, specs []NewSlot, created int64) ([]crypto.Slot, []pair, error) {
	if len(specs) == 0 {
		return nil, nil, &SecretError{Code: InvalidValue, Message: "a vault needs at least one key slot"}
	}
	var (
		slots []crypto.Slot
		files []pair
	)
	for i, spec := range specs {
		file, err := sealSlot(identity, spec)
		if err != nil {
			return nil, nil, err
		}
		s := spec.entry(uint32(i)+1, created, file)
		slots = append(slots, s)
		files = append(files, pair{slotKey(s.ID), file})
	}
	return slots, files, nil
}
