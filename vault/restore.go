package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// RestoreOptions are the options of Restore.
type RestoreOptions struct {
	// Replace allows a vault that is in the folder to be replaced.
	Replace bool
	// Confirm is asked before anything is written; an error of it ends Restore.
	// nil: nobody is asked.
	Confirm  func(RestorePlan) error
	Progress func(done, total int) // records, twice over; may be nil
}

// RestorePlan is what a restore is about to do.
type RestorePlan struct {
	Dir      string
	Backup   Status  // what comes back
	Replaces bool    // there is a vault in the folder
	There    *Status // that vault; nil where it cannot be opened or is not signed by its key

	// What this machine remembers of the vault in the backup, at any place.
	Known bool
	Pin   string // another than the backup's: a rotation lies between, or it is not the same vault
	Seq   uint64 // the highest commit seen

	// Returning are the key slots in the backup that the vault in the folder
	// does not have any more. Where that is not known, because none is there or
	// it is not the newest that this machine has seen, it is all of them if this
	// machine has seen another pin or a commit after the backup's.
	Returning []SlotInfo
}

// Discards tells how many commits that this machine has seen are given up.
func (p RestorePlan) Discards() uint64 {
	seen := p.Seq
	if p.There != nil && p.There.ID == p.Backup.ID {
		seen = max(seen, p.There.Seq)
	}
	return seen - min(seen, p.Backup.Seq)
}

// Restore makes a vault of the backup in dir, which is new or empty, or, with
// Replace, holds a vault. The vault is built beside dir, verified in full, and
// put in place in one step; the one before it is removed after that. Its first
// act is a commit above all that this machine has seen of the vault, so that
// what is discarded cannot come back. Stopped at any moment it leaves the old
// vault or the new one, and the next Restore to dir removes what lies beside.
//
// Codes: Locked before Unlock; Exists where there is a vault and no Replace, or
// the folder holds something else; Busy where the vault is in use; NoSpace,
// ReadOnly; those of Check.
func (b *Backup) Restore(ctx context.Context, dir string, o RestoreOptions) (st Status, err error) {
	defer naming(opRestore, &err)
	if !b.v.Unlocked() {
		return Status{}, lockedError(b.v.dir, b.v.current.head.Slots)
	}
	r := &restorer{b: b, o: o}
	defer r.close()
	if err := r.target(ctx, dir); err != nil {
		return Status{}, err
	}
	if err := r.plan(); err != nil {
		return Status{}, err
	}
	if o.Confirm != nil {
		if err := o.Confirm(r.p); err != nil {
			return Status{}, err
		}
	}
	if err := r.build(ctx); err != nil {
		return Status{}, b.named(atPlace(stored(r.dir, err), r.temp, r.dir))
	}
	if r.announced, err = r.b.v.witness.announce(r.b.v.current.head, r.dir); err != nil {
		return Status{}, errors.Join(err, os.RemoveAll(r.temp))
	}
	if err := r.swap(ctx); err != nil {
		r.withdraw()
		return Status{}, stored(r.dir, pathError(r.dir, err))
	}
	return r.finish(), nil
}

// restorer is one Restore.
type restorer struct {
	b *Backup
	o RestoreOptions
	p RestorePlan

	dir    string // real path, though it may not be there yet
	temp   string // beside it, where the vault is built
	old    *Vault // the vault in dir, which is kept from others; nil: none, or it cannot be opened
	unlock func() // gives back the lock of a vault that cannot be opened
	m      anchor.Memory
	// current says that old is the backup's vault, proven and as new as this
	// machine knows it.
	current bool

	announced bool // this machine has been told what comes
}

// close gives back what the vault in the folder was held by.
func (r *restorer) close() {
	if r.old != nil {
		r.old.Close()
	}
	if r.unlock != nil {
		r.unlock()
	}
}

// target finds out what is in the folder, and keeps others from a vault there.
func (r *restorer) target(ctx context.Context, dir string) error {
	const op = opRestore
	dir, err := filepath.Abs(dir)
	if err != nil {
		return pathError(dir, err)
	}
	if r.dir, err = realPath(dir); err != nil {
		return pathError(dir, err)
	}
	if err := outsideVaults(r.dir, r.b.v.options.State); err != nil {
		return err
	}
	r.temp = besidePath(r.dir, restoringSuffix)
	if err := settleSwap(ctx, r.dir); err != nil {
		return err
	}
	entries, err := entriesOf(dir, r.dir)
	if err != nil || len(entries) == 0 {
		return err
	}
	if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == vaultFileName || e.Name() == dbDirName }) && !r.known() {
		return &SecretError{
			Code: Exists, Op: op, Path: r.dir, Message: "the folder is not empty, and no vault", Remedy: remedy.To(remedy.NameNewVaultFolder),
		}
	}
	r.p.Replaces = true
	if !r.o.Replace {
		return &SecretError{
			Code: Exists, Op: op, Path: r.dir, Message: "there is a vault here already",
			Remedy: remedy.To(remedy.ReplaceOrNameFolder),
		}
	}
	return r.hold(ctx)
}

// known tells whether this machine knows a vault in the folder: then what lies
// there is what was left of it.
func (r *restorer) known() bool {
	_, known, err := r.b.v.witness.anchors.VaultAt(r.dir)
	return known && err == nil
}

// hold opens the vault in the folder, so that nobody writes to it any more. One
// that cannot be opened can be replaced as well.
func (r *restorer) hold(ctx context.Context) (err error) {
	if _, err := checkDir(r.dir); err != nil {
		return err
	}
	if err := roomBeside(ctx, r.dir); err != nil {
		return err
	}
	o := r.b.v.options
	r.old, err = attach(ctx, opRestore, r.dir, o)
	switch code := CodeOf(err); {
	case err == nil:
		r.judge()
		return nil
	case code.Tampering(), code == NoSpace, code == Newer, code == NoVault:
	default:
		return err
	}
	r.old = nil
	r.unlock, err = storedir.Hold(ctx, r.dir, o.Wait)
	return storeError(r.dir, err)
}

// judge finds out what the vault in the folder is worth. Its head is anybody's who
// can write there until it is signed by a pin that this machine or the backup
// knows: a seq or a slot that it made up is not to be believed.
func (r *restorer) judge() {
	old, mine := r.old.current.head, r.b.v.current.head
	if signed(r.old.dir, old) != nil {
		return
	}
	m, verdict, err := r.old.witness.weigh(r.old.current.claim(), len(r.old.options.Keys) > 0)
	accepted := err == nil && verdict.Accepted()
	if old.Vault == mine.Vault {
		if old.Pin != mine.Pin && !(accepted && m.Known) {
			return
		}
		r.current = accepted || err == nil && !m.Known
	}
	st := r.old.Status()
	r.p.There = &st
}

// roomBeside refuses to begin where the disk of a vault has no room for a store
// beside it. To open that vault for writing would give up its ballast, for
// nothing.
func roomBeside(ctx context.Context, dir string) error {
	c, err := badgerfiles.TakeSurvey(ctx, dir, 0)
	if err != nil || c.Free >= c.Need+c.FullBallast {
		return nil // what stands in the way says so when it is opened
	}
	return storeError(dir, fmt.Errorf("%w: %d bytes needed, %d free", store.ErrNoSpace, c.Need+c.FullBallast, c.Free))
}

// plan holds the backup against what is there and what is remembered.
func (r *restorer) plan() error {
	const op = opRestore
	v := r.b.v
	m, err := v.witness.anchors.Load(v.current.head.Vault, r.dir)
	if err != nil && !errors.Is(err, anchor.ErrUnreadable) {
		return fail(op, err)
	}
	if err != nil {
		v.warner.warn(err) // the user's word replaces it
	}
	r.m, r.p.Dir, r.p.Backup = m, r.dir, r.b.Status()
	if r.p.Known = m.Known; m.Known {
		r.p.Pin, r.p.Seq = m.Pin.String(), max(m.Highest.Seq, m.Here.Seq)
	}
	r.p.Returning = r.returning()
	return nil
}

// returning lists the key slots that open the vault again.
func (r *restorer) returning() (list []SlotInfo) {
	now := map[crypto.Digest]bool{}
	if !r.current && (!r.p.Known || r.m.Pin == r.b.v.current.head.Pin && r.p.Seq <= r.b.v.current.head.Seq) {
		return nil
	}
	if r.current {
		for _, s := range r.old.current.head.Slots {
			now[s.Sum] = true
		}
	}
	for _, s := range r.b.v.current.head.Slots {
		if !now[s.Sum] {
			list = append(list, slotInfo(s))
		}
	}
	return list
}

// build makes the vault in the folder beside, and verifies it from the disk.
func (r *restorer) build(ctx context.Context) (err error) {
	if err := os.MkdirAll(filepath.Dir(r.temp), 0o700); err != nil {
		return pathError(r.dir, err)
	}
	if err := os.Mkdir(r.temp, 0o700); err != nil {
		return pathError(r.dir, err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(r.temp)
		}
	}()
	v := r.b.v
	v.moveTo(r.temp, false)
	if v.current.store, err = v.options.open(ctx, r.temp, store.Options{Create: true, Warn: v.options.Warn}); err != nil {
		return err
	}
	err = r.fill(ctx)
	v.current.ownNames() // for Status, while they can be read
	if err = errors.Join(err, v.current.store.Close()); err != nil {
		return err
	}
	return r.verify(ctx)
}

// fill puts everything into the new vault. VAULT comes last.
func (r *restorer) fill(ctx context.Context) error {
	v := r.b.v
	p := &unpacker{b: r.b, ctx: ctx, op: "restore", keep: true, progress: r.half(0)}
	if err := p.run(); err != nil {
		return err
	}
	err := v.current.store.Update(func(w store.Writer) error { return w.Put(headKey, r.b.last.Z) })
	if err == nil && len(r.b.files) > 1 {
		err = r.drop(ctx)
	}
	if err == nil {
		err = r.leap(ctx)
	}
	if err == nil {
		err = v.copies.write(ctx)
	}
	if err != nil {
		return err
	}
	dir, err := os.OpenRoot(r.temp)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := storedir.ReplaceIn(dir, vaultFileName, v.file.Marshal()); err != nil {
		return err
	}
	return SyncDirs(r.temp, filepath.Join(r.temp, slotsDirName))
}

// drop removes what the newer backups do not keep of the older ones, and its
// bytes.
func (r *restorer) drop(ctx context.Context) error {
	if err := r.b.v.commits.sweep(ctx); err != nil {
		return err
	}
	return store.Purge(ctx, r.b.v.current.store)
}

// leap commits a head above everything that this machine has seen.
func (r *restorer) leap(ctx context.Context) error {
	v := r.b.v
	seen := max(r.m.Here.Seq, r.m.Highest.Seq)
	if r.p.There != nil && r.p.There.ID == r.p.Backup.ID {
		seen = max(seen, r.p.There.Seq)
	}
	var p *plan
	err := v.current.unlockedView(ctx, "restore", func(s *snapshot) error {
		p = newPlan(s, v.now(), v.witness.replica)
		p.seq = max(p.seq, seen+1)
		if err := p.noteLeap(ctx); err != nil {
			return err
		}
		return p.complete(ctx)
	})
	if err != nil {
		return err
	}
	head, z, err := p.sign()
	if err != nil {
		return err
	}
	return v.commits.write(ctx, p, head, z, nil)
}

// verify opens what was written anew, and decrypts every record of it.
func (r *restorer) verify(ctx context.Context) error {
	o := r.b.v.options
	o.Write = false
	built, err := attach(ctx, opRestore, r.temp, o)
	if err != nil {
		return err
	}
	defer built.current.closeStore()
	built.current.keys = r.b.v.current.keys
	if err := built.current.keys.CheckHead(built.current.head); err != nil {
		return err
	}
	// Where it is built, this machine is not to know it.
	report, err := built.verify(ctx, built.current.unlockedView, VerifyOptions{Full: true, Progress: r.half(1)}, nil, false)
	if err == nil && len(report.Findings) > 0 {
		f := report.Findings[0]
		err = &SecretError{
			Code: f.Code, Op: "restore", Key: f.Name, Path: r.b.v.dir,
			Message: fmt.Sprintf("the restored vault does not verify, and was not put in place: %s", f.Message),
			Remedy:  remedy.To(remedy.OtherBackup),
		}
	}
	r.b.v.current.head = built.current.head
	return err
}

// half is the progress of one of the two passes over all records.
func (r *restorer) half(n int) func(done, total int) {
	if r.o.Progress == nil {
		return nil
	}
	return func(done, total int) { r.o.Progress(min(done, total)+n*total, 2*total) }
}

// withdraw takes the announcement back: the vault that is there stays.
func (r *restorer) withdraw() {
	if r.announced {
		r.b.v.warner.warn(r.b.v.witness.anchors.Withdraw(r.dir))
	}
}

// finish makes this machine remember the vault in its place.
func (r *restorer) finish() Status {
	v := r.b.v
	v.moveTo(r.dir, true)
	v.witness.takeReplica(r.m)
	v.witness.isNew = !r.m.Known
	// What was announced may be accepted by now, and written to, by another process.
	v.warner.warn(v.witness.save(v.current.head, anchor.Update{Announced: r.announced, Force: !r.announced}))
	return v.Status()
}
