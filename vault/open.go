package vault

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Vault is an open vault. It is safe for concurrent use; Close ends it.
//
// Opened for reading it shares the folder with other readers; opened for
// writing it excludes every other process until Close.
type Vault struct {
	dir     string // real path
	file    crypto.VaultFile
	options Options
	now     func() time.Time
	opened  os.FileInfo // of VAULT, to tell whether the folder is still that one

	writing chan struct{} // full while one changes the vault; taken before current.mu
	current current
	witness witness
	commits committer
	copies  slotCopies
	warner  warner

	names nameCache
}

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
	if err := v.admit(ctx, op); err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

// moveTo says where the vault lies, and whether this machine is to know it there.
func (v *Vault) moveTo(dir string, known bool) {
	v.dir, v.current.dir, v.witness.dir, v.witness.unplaced = dir, dir, dir, !known
}

func newVault(dir string, o Options, anchors anchor.Dir) *Vault {
	v := &Vault{
		dir: dir, options: o, now: o.now(), writing: make(chan struct{}, 1),
		current: current{dir: dir, memory: o.Memory}, warner: warner{usual: o.Warn},
	}
	v.witness = witness{anchors: anchors, dir: dir, options: o, warn: v.warner.warn}
	v.commits = committer{current: &v.current, witness: &v.witness, warn: v.warner.warn}
	v.copies = slotCopies{current: &v.current, warn: v.warner.warn}
	return v
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
	err = v.noteOpened()
	if err == nil {
		err = v.readHead(op)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return v, nil
}

// storeError adds to an error of the store which vault it is about and what
// can be done.
func storeError(op, dir string, err error) error {
	err = fail(op, "", err)
	var e *SecretError
	if !errors.As(err, &e) {
		return err
	}
	e.Path = dir
	if !e.Remedy.IsZero() {
		return err // it knows the way out itself
	}
	if errors.Is(err, store.ErrUncertain) {
		e.Message = "the disk failed in the middle of the write: the change may be there or not: " + e.Err.Error()
		e.Remedy = remedy.To(remedy.ReadFirst)
		return err
	}
	if errors.Is(err, store.ErrNoStore) {
		e.Message = "the database of the vault is missing: deleted or lost"
		e.Remedy = remedy.To(remedy.Restore)
	}
	switch e.Code {
	case Busy:
		e.busyWith(dir)
	case Corrupt:
		e.Remedy = remedy.To(remedy.RestoreOrAge)
	case Unsafe:
		e.Remedy = remedy.To(remedy.Diagnose)
	case DiskFailed:
		e.Remedy = remedy.To(remedy.LookAtDisk)
	case NoSpace:
		e.Remedy = remedy.To(remedy.FreeSpaceToWrite)
		if errors.Is(err, store.ErrRecovery) {
			e.Remedy = remedy.To(remedy.FreeSpaceToRecover)
		}
	}
	return err
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

// belongs tells whether VAULT is the file that the head was made with.
func belongs(op, dir string, head *crypto.SignedHead, file crypto.VaultFile, sum crypto.Digest) error {
	switch {
	case head.Vault != file.ID:
		return &SecretError{
			Code: Substituted, Op: op, Path: dir,
			Message: "VAULT and the database are of two different vaults", Remedy: remedy.To(remedy.Restore),
		}
	case head.VaultFile != sum:
		return &SecretError{
			Code: HeadForged, Op: op, Path: dir,
			Message: "VAULT is not the file that this vault was made with: changed or damaged", Remedy: remedy.To(remedy.Restore),
		}
	}
	return nil
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

// Close ends the use of the vault: it waits for reads under way, wipes the
// keys and releases the lock. A second Close does nothing.
func (v *Vault) Close() error {
	v.writing <- struct{}{}
	defer func() { <-v.writing }()
	v.current.mu.Lock()
	done := v.current.closed
	v.current.closed = true
	v.current.mu.Unlock()
	if done {
		return nil
	}
	v.current.readers.Wait()
	v.current.wipe()
	synced := v.witness.marks.flush()
	err := v.current.closeStore()
	v.warner.warn(<-synced)
	return fail("close", "", err)
}
