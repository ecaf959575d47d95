package vault

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
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
	anchors anchor.Dir
	replica crypto.Replica
	isNew   bool        // this machine had not seen it
	newer   *Sighting   // what it has seen elsewhere and this one does not come from; nil: nothing
	opened  os.FileInfo // of VAULT, to tell whether the folder is still that one

	unplaced bool // it is being built beside its place, where this machine is not to know it
	byForce  bool // guarded by writing: the user's word stands behind the next commit, whatever was seen
	marks    marks

	writing chan struct{} // full while one changes the vault; taken before current.mu
	swept   bool          // guarded by writing: leftovers of a batch were looked for
	copied  bool          // guarded by writing: the copies of the slots were looked at
	current current

	teller atomic.Pointer[func(error)] // who is told of the warnings of the change under way; nil: options.Warn
	forgot atomic.Bool                 // this machine could not remember the head: see Remember

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
	v.dir, v.current.dir, v.unplaced = dir, dir, !known
}

func newVault(dir string, o Options, anchors anchor.Dir) *Vault {
	return &Vault{
		dir: dir, options: o, now: o.now(), anchors: anchors, writing: make(chan struct{}, 1),
		current: current{dir: dir, memory: o.Memory},
	}
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
	m, verdict, err := v.judge(op)
	if err != nil {
		return err
	}
	if err := verdictError(op, v.dir, v.current.head, m, verdict); err != nil {
		return err
	}
	if err := v.tryKeys(ctx, op); err != nil {
		return err
	}
	if err := v.compare(op, m); err != nil {
		return err
	}
	v.remember(m, verdict)
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

// logFrom reads entries of the log in what view shows.
func logFrom(view func(func(store.Reader) error) error) crypto.LogGetter {
	return func(seq uint64) (b []byte, err error) {
		err = view(func(r store.Reader) error {
			b, err = getOrNil(r, logKey(seq))
			return err
		})
		return b, err
	}
}

// judge weighs the head against what was expected and what is remembered.
func (v *Vault) judge(op string) (anchor.Memory, anchor.Verdict, error) {
	r := v.recall(op, v.current.head)
	if !v.vouchedByMAC(r) {
		if err := signed(op, v.dir, v.current.head); err != nil {
			return anchor.Memory{}, 0, err
		}
	}
	return v.judgeHead(op, v.current.head, v.current.store.View, r)
}

// vouchedByMAC tells whether the signature of the head proves nothing more: this
// machine has seen that very head at this place, with that pin, and unlocking
// checks the MAC, by which nobody signs who cannot make it. Writers check both,
// and so does Verify, which says when the signature is broken.
func (v *Vault) vouchedByMAC(r recollection) bool {
	m := r.memory
	return !v.options.Write && (v.current.keys != nil || len(v.options.Keys) > 0) &&
		r.err == nil && m.HereKnown && m.Here == v.current.head.Point() && m.Pin == v.current.head.Pin
}

// recollection is what this machine remembers of the vault, or why that cannot
// be told.
type recollection struct {
	memory anchor.Memory
	err    error
}

// recall loads what this machine remembers of the vault with that head.
func (v *Vault) recall(op string, head *crypto.SignedHead) recollection {
	m, err := v.anchors.Load(head.Vault, v.dir)
	if err != nil {
		err = memoryError(op, v.dir, err)
	}
	return recollection{m, err}
}

// signed tells whether the head is signed by the pin that it names itself.
// Whether that is the right one is the machine's memory to say.
func signed(op, dir string, head *crypto.SignedHead) error {
	err := head.CheckSig(head.Pin)
	if err == nil {
		return nil
	}
	return &SecretError{
		Code: HeadForged, Op: op, Path: dir, Err: err,
		Message: "the head of the vault is not signed by its key: forged or damaged", Remedy: remedy.To(remedy.Restore),
	}
}

// judgeHead is judge of a head that is vouched for, with the log that view shows.
// What is remembered must have been loaded before the head was read: of two
// processes, one of which writes, the other would take its view for rolled back.
func (v *Vault) judgeHead(op string, head *crypto.SignedHead, view func(func(store.Reader) error) error, r recollection) (anchor.Memory, anchor.Verdict, error) {
	expected, err := v.checkExpected(op, head)
	if err != nil {
		return anchor.Memory{}, 0, err
	}
	m := r.memory
	if r.err != nil {
		return m, 0, r.err
	}
	links, err := linksFrom(op, v.dir, m, head, view)
	if err != nil {
		return m, 0, err
	}
	verdict, err := anchor.Judge(m, &head.Head, logFrom(view), links...)
	if errors.Is(err, crypto.ErrForged) {
		return m, 0, &SecretError{
			Code: HeadForged, Op: op, Path: v.dir, Err: err,
			Message: "the log of the vault's heads is not the one that was committed: forged or damaged", Remedy: remedy.To(remedy.Restore),
		}
	}
	if err != nil {
		return m, 0, storeError(op, v.dir, err)
	}
	switch {
	case verdict == anchor.Unproven && expected, verdict == anchor.PathUntrusted && v.vouched(m, head):
		verdict = anchor.NewPath
	case v.options.Discovered && !expected:
		verdict = verdict.Found()
	}
	return m, verdict, nil
}

// checkExpected holds the head against Options.Expect. It tells whether there
// was an expectation, which then serves as trust.
func (v *Vault) checkExpected(op string, head *crypto.SignedHead) (bool, error) {
	if v.options.Expect == "" {
		return false, nil
	}
	return true, checkExpect(op, v.dir, v.options.Expect, head.Pin.String(), head.Seq)
}

// vouched tells whether what the user expects is enough to take a head at a new
// path. A pin alone says nothing of how new it is: where a newer one was seen
// elsewhere, it takes a seq.
func (v *Vault) vouched(m anchor.Memory, head *crypto.SignedHead) bool {
	e, err := anchor.ParseExpect(v.options.Expect)
	return err == nil && (e.Seq > 0 || !m.Behind(&head.Head))
}

// remember records the head where it is newer than what was remembered. A
// state folder that cannot be written never blocks a read. Where there is no
// place for one, what an earlier environment remembered is not seen either:
// unless the user says what to expect, a read too tells that it has no memory.
func (v *Vault) remember(m anchor.Memory, verdict anchor.Verdict) {
	v.replica = m.Replica
	if v.replica == (crypto.Replica{}) {
		v.replica = crypto.NewReplica()
	}
	v.isNew = !m.Known
	restored := verdict == anchor.Restored
	rotated := m.Known && m.Pin != v.current.head.Pin && !restored
	switch {
	case verdict == anchor.Fine && m.PathKnown && !rotated && m.Announced == (anchor.Announced{}):
		return // nothing to change, and no need to look again
	case rotated && v.current.keys == nil:
		return // links say that it is the same vault; only a key proves it
	}
	err := v.saveAnchor(anchor.Update{Rotated: rotated, Announced: restored})
	v.forgot.Store(err != nil)
	if v.options.Write || v.options.Expect == "" && noMemory(err) {
		v.options.warn(err)
	}
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
	synced := v.marks.flush()
	err := v.current.closeStore()
	v.options.warn(<-synced)
	return fail("close", "", err)
}
