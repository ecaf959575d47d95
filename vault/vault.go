package vault

import (
	"os"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/anchor"
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

// moveTo says where the vault lies, and whether this machine is to know it there.
func (v *Vault) moveTo(dir string, known bool) {
	v.dir, v.current.dir, v.witness.dir, v.witness.unplaced = dir, dir, dir, !known
}

func newVault(dir string, o Options, anchors anchor.Dir) *Vault {
	v := &Vault{
		dir: dir, options: o, now: o.now(), writing: make(chan struct{}, 1),
		current: current{dir: dir, memory: o.Memory}, warner: warner{usual: o.Warn},
	}
	v.current.reload = v.reload
	v.witness = witness{anchors: anchors, dir: dir, options: o, warn: v.warner.warn}
	v.commits = committer{current: &v.current, witness: &v.witness, warn: v.warner.warn}
	v.copies = slotCopies{current: &v.current, warn: v.warner.warn}
	return v
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
	return fail("close", err)
}

// Now is the clock that the vault goes by.
func (v *Vault) Now() time.Time { return v.now() }

// Remember tries again to have this machine remember the vault's state, where
// that failed before. It does nothing where it did not, or while a change is
// under way.
func (v *Vault) Remember() error {
	if !v.witness.forgot.Load() {
		return nil
	}
	select {
	case v.writing <- struct{}{}:
		defer func() { <-v.writing }()
	default:
		return nil
	}
	v.current.mu.RLock()
	defer v.current.mu.RUnlock()
	if v.current.suspended || v.current.closed {
		return nil
	}
	err := v.witness.save(v.current.head, anchor.Update{})
	v.witness.forgot.Store(err != nil)
	return err
}
