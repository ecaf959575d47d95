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
func Open(ctx context.Context, dir string, o Options) (*Vault, error) {
	const op = "open"
	v, err := attach(ctx, op, dir, o)
	if err != nil {
		return nil, err
	}
	before := doubted(v.current.store)
	err = v.admit(ctx, op)
	if doubtful(v.current.store, before, err) {
		if err = v.readHead(op); err == nil {
			err = v.admit(ctx, op)
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
		return nil, fail(op, "", err)
	}
	real, err := checkDir(op, dir, o.Owners...)
	if err == nil && o.Write {
		err = changeable(op, real)
	}
	if err == nil {
		// Before the database is touched: a newer format may have another one.
		_, _, err = readVaultFile(op, real)
	}
	if err != nil {
		return nil, missed(op, dir, anchors, err)
	}
	s, err := openStore(ctx, op, real, o, anchors)
	if err != nil {
		return nil, storeError(op, real, err)
	}
	v := newVault(real, o, anchors)
	v.current.store = s
	if o.doubted {
		doubt(s)
	}
	before := doubted(s)
	err = v.noteOpened()
	if err == nil {
		err = v.readHead(op)
	}
	if doubtful(s, before, err) {
		err = v.readHead(op)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return v, nil
}

// readHead reads z and VAULT under the lock and checks that they belong
// together.
func (v *Vault) readHead(op string) error {
	file, sum, err := readVaultFile(op, v.dir)
	if err != nil {
		return err
	}
	v.file = file
	if err := v.current.load(op); err != nil {
		return err
	}
	return belongs(op, v.dir, v.current.head, file, sum)
}

// admit decides whether this is the vault, and the state of it, that the
// machine remembers, then unlocks it and remembers it.
func (v *Vault) admit(ctx context.Context, op string) error {
	m, verdict, err := v.witness.weigh(op, v.current.claim(), len(v.options.Keys) > 0)
	if err != nil {
		return err
	}
	if err := verdictError(op, v.dir, v.current.head, m, verdict); err != nil {
		return err
	}
	if err := v.tryKeys(ctx, op); err != nil {
		return err
	}
	if err := v.witness.compare(op, v.current.claim(), m); err != nil {
		return err
	}
	v.witness.remember(v.current.head, v.current.keys != nil, m, verdict)
	if v.options.Write {
		return v.writable(op)
	}
	return nil
}

// tryKeys checks the slots, and unlocks the vault where there are keys.
func (v *Vault) tryKeys(ctx context.Context, op string) error {
	if len(v.options.Keys) > 0 {
		return v.Unlock(ctx, v.options.Keys...)
	}
	_, _, err := v.current.slotFiles(ctx, op)
	return err
}

// noteOpened remembers which folder was opened, for Alive.
func (v *Vault) noteOpened() (err error) {
	v.opened, err = os.Lstat(filepath.Join(v.dir, vaultFileName))
	return err
}
