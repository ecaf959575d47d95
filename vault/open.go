package vault

import (
	"context"
	"os"
	"path/filepath"
)

// Open opens the vault in dir and proves that it is the one, and in the state,
// that this machine remembers. With Options.Keys it is also unlocked.
//
// Codes: NoVault, Unsafe, Newer, Corrupt, Busy, NoSpace, ReadOnly; Untrusted,
// RolledBack, Forked, Unproven, Substituted from the machine's memory;
// HeadForged, SlotTampered, IndexTampered; WrongKey.
func Open(ctx context.Context, dir string, o Options) (v *Vault, err error) {
	const op = "open"
	defer naming(op, &err)
	v, err = attach(ctx, op, dir, o)
	if err != nil {
		return nil, err
	}
	before := doubted(v.current.store)
	err = v.admit(ctx)
	if doubtful(v.current.store, before, err) {
		if err = v.readHead(); err == nil {
			err = v.admit(ctx)
		}
	}
	if err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

// attach opens the files and reads the head. Nothing of it is believed yet.
func attach(ctx context.Context, op, dir string, o Options) (*Vault, error) {
	anchors, err := o.anchors()
	if err != nil {
		return nil, wrap("", err)
	}
	real, err := checkDir(dir, o.Owners...)
	if err == nil && o.Write {
		err = changeable(real)
	}
	if err == nil {
		// Before the database is touched: a newer format may have another one.
		_, _, err = readVaultFile(real)
	}
	if err != nil {
		return nil, missed(dir, anchors, err)
	}
	s, err := openStore(ctx, op, real, o, anchors)
	if err != nil {
		return nil, storeError(real, err)
	}
	v := newVault(real, o, anchors)
	v.current.store = s
	if o.doubted {
		doubt(s)
	}
	before := doubted(s)
	err = v.noteOpened()
	if err == nil {
		err = v.readHead()
	}
	if doubtful(s, before, err) {
		err = v.readHead()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return v, nil
}

// readHead reads z and VAULT under the lock and checks that they belong
// together.
func (v *Vault) readHead() error {
	file, sum, err := readVaultFile(v.dir)
	if err != nil {
		return err
	}
	v.file = file
	if err := v.current.load(); err != nil {
		return err
	}
	return belongs(v.dir, v.current.head, file, sum)
}

// admit decides whether this is the vault, and the state of it, that the
// machine remembers, then unlocks it and remembers it.
func (v *Vault) admit(ctx context.Context) error {
	m, verdict, err := v.witness.weigh(v.current.claim(), len(v.options.Keys) > 0)
	if err != nil {
		return err
	}
	if err := verdictError(v.dir, v.current.head, m, verdict); err != nil {
		return err
	}
	if err := v.tryKeys(ctx); err != nil {
		return err
	}
	if err := v.witness.compare("open", v.current.claim(), m); err != nil {
		return err
	}
	v.witness.remember(v.current.head, v.current.keys != nil, m, verdict)
	if v.options.Write {
		return v.writable()
	}
	return nil
}

// tryKeys checks the slots, and unlocks the vault where there are keys.
func (v *Vault) tryKeys(ctx context.Context) error {
	if v.options.Lent != nil {
		return v.unlockLent(ctx, v.options.Lent, v.options.Keys)
	}
	if len(v.options.Keys) > 0 {
		return v.Unlock(ctx, v.options.Keys...)
	}
	_, _, err := v.current.slotFiles(ctx)
	return err
}

// noteOpened remembers which folder was opened, for Alive.
func (v *Vault) noteOpened() (err error) {
	v.opened, err = os.Lstat(filepath.Join(v.dir, vaultFileName))
	return err
}
