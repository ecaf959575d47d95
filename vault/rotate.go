package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// RotateOptions are the options of Rotate.
type RotateOptions struct {
	DropHistory bool     // keep no older versions
	Drop        []string // labels of slots that are dropped
	// Relock makes the lock of a slot that is kept. prove tells whether a key
	// opens the slot as it is: nil if so. An error ends the rotation before
	// anything is written; it should be Locked where the other half of the slot
	// is not at hand. Where Relock is nil, slots of age recipients are made anew
	// and any other is such an error.
	Relock   func(ctx context.Context, s SlotInfo, prove func(crypto.Key) error) (crypto.Lock, error)
	Progress func(done, total int) // records; may be nil
}

// RotateReport is what a rotation did.
type RotateReport struct {
	OldPin, NewPin string
	Names          int // secrets that were sealed anew, deleted ones included
	Records        int // versions that were, deletions and tacit's own records included
	Kept, Dropped  []SlotInfo
}

// Rotate gives the vault a new identity: every version kept is sealed to it,
// the slots are made anew, and one head commits it all, with a link by which
// other machines follow. Then the old records go, and their bytes. Killed
// anywhere it leaves the old vault or the new one, whole.
//
// Codes: NotFound for a label in Drop that there is not; InvalidValue where no
// slot would stay; what Relock returns; those of Set.
func (v *Vault) Rotate(ctx context.Context, o RotateOptions) (report RotateReport, err error) {
	const op = "rotate"
	defer naming(op, &err)
	end, err := v.beginChange(ctx)
	if err != nil {
		return RotateReport{}, err
	}
	defer end()
	r := &rotation{v: v, o: o}
	if err := v.current.unlockedView(ctx, op, func(s *snapshot) error { return r.prepare(ctx, s) }); err != nil {
		r.discard()
		return RotateReport{}, wrap("", err)
	}
	v.commits.swept = false // until all is done
	err = r.stage(ctx)
	if err == nil {
		v.copies.stage(r.p)
		err = r.commit()
	}
	if err != nil {
		r.discard()
		// Take back what was written, if the disk lets us; else the next writer will.
		if serr := v.commits.sweep(context.WithoutCancel(ctx)); serr == nil {
			v.commits.swept = true
		}
		return RotateReport{}, storeError(v.dir, err)
	}
	// The vault is the new one, whatever becomes of what is left of the old:
	// that is for the next change to sweep.
	err = r.finish(context.WithoutCancel(ctx))
	v.commits.swept = err == nil
	v.warner.warn(err)
	return r.report, nil
}

// A rotation is one change of the vault's identity under way.
type rotation struct {
	v *Vault
	o RotateOptions

	p        *plan
	identity *crypto.Identity
	keys     *crypto.Keys
	oldKeys  *crypto.Keys
	removed  []RemovedSlot // what the exposure list will be; nil: as it was

	entries []crypto.Entry // all of them, as they are
	fresh   []crypto.Entry // the same, as they will be
	total   int
	report  RotateReport
}

// discard wipes the keys that were not committed.
func (r *rotation) discard() {
	if r.identity != nil {
		r.identity.Wipe()
	}
	if r.keys != nil {
		r.keys.Wipe()
	}
}

// prepare makes the new identity and its slots. It writes nothing, and what
// cannot be done is found out here.
func (r *rotation) prepare(ctx context.Context, s *snapshot) (err error) {
	r.p, r.oldKeys = newPlan(s, r.v.now(), r.v.witness.replica), s.keys
	if r.identity, err = crypto.NewIdentity(s.head.Suite); err != nil {
		return err
	}
	if r.keys, err = r.identity.Unlock(s.head.Vault); err != nil {
		return err
	}
	if err := r.relock(ctx, s); err != nil {
		return err
	}
	if r.entries, err = s.entries(ctx, func(crypto.Entry) bool { return true }); err != nil {
		return err
	}
	r.total = int(s.head.Records)
	r.p.head.Pin = r.keys.Pin()
	r.p.head.Names, r.p.head.Gone, r.p.head.Records = 0, 0, 0
	r.report.OldPin, r.report.NewPin = s.head.Pin.String(), r.keys.Pin().String()
	// What is kept is at least as large as before; the copies that removing the
	// old bytes takes are checked when it comes to that.
	if sp, ok := r.v.current.store.(store.Spacer); ok {
		return sp.CheckSpace(int64(s.head.Records) * minRecord)
	}
	return nil
}

// minRecord is the least that a record takes on the disk, in bytes.
const minRecord = 512

// relock makes every slot that stays anew.
func (r *rotation) relock(ctx context.Context, s *snapshot) error {
	for _, label := range r.o.Drop {
		dropped, err := r.p.dropSlot(label)
		if err != nil {
			return err
		}
		r.report.Dropped = append(r.report.Dropped, slotInfo(dropped))
		if err := r.expose(s, dropped); err != nil {
			return err
		}
	}
	kept := slices.Clone(r.p.head.Slots)
	if len(kept) == 0 {
		return &SecretError{
			Code: InvalidValue, Path: r.v.dir,
			Message: "no key slot would stay: nothing would open the vault", Remedy: remedy.To(remedy.AddKeyFirst),
		}
	}
	for _, slot := range kept {
		if err := r.relockOne(ctx, s, slot); err != nil {
			return err
		}
		r.report.Kept = append(r.report.Kept, r.p.slot)
	}
	return nil
}

func (r *rotation) relockOne(ctx context.Context, s *snapshot, slot crypto.Slot) error {
	file, err := s.slotFile(slot)
	if err != nil {
		return err
	}
	lock, err := r.lockFor(ctx, slot, func(k crypto.Key) error {
		id, err := crypto.OpenSlot(ctx, k, slot, file)
		if err == nil {
			id.Wipe()
		}
		return err
	})
	if err != nil {
		return err
	}
	spec := NewSlot{Label: slot.Label, Lock: lock}
	fresh, err := sealSlot(r.identity, spec)
	if err != nil {
		return err
	}
	if _, err := r.p.dropSlot(slot.Label); err != nil {
		return err
	}
	return r.p.addSlot(spec, fresh)
}

func (r *rotation) lockFor(ctx context.Context, slot crypto.Slot, prove func(crypto.Key) error) (crypto.Lock, error) {
	if r.o.Relock != nil {
		return r.o.Relock(ctx, slotInfo(slot), prove)
	}
	if slot.Kind == crypto.KindAge {
		return crypto.Recipient(slot.Recipient)
	}
	return nil, CannotRelock(slotInfo(slot))
}

// CannotRelock is the error of a slot whose other half is not at hand.
func CannotRelock(s SlotInfo) error {
	return &SecretError{
		Code: Locked, Op: "rotate",
		Message: fmt.Sprintf("key slot %s (%s) cannot be made again: its other half is not available; nothing was changed", s.Label, s.Kind),
		Remedy:  remedy.To(remedy.GiveSecretOrDrop, remedy.Slot.Named(s.Label)),
	}
}

// expose records that a slot goes with this rotation.
func (r *rotation) expose(s *snapshot, slot crypto.Slot) error {
	if r.removed == nil {
		if _, err := s.reserved(removedName, &r.removed); err != nil {
			return err
		}
	}
	r.removed = appendRemoved(r.removed, slot, r.p.seq, r.p.time)
	return nil
}

// stage writes the slots, the records and the index, none of which the head
// reaches yet.
func (r *rotation) stage(ctx context.Context) error {
	mark := pair{batchKey, strconv.AppendUint(nil, r.p.seq, 10)}
	if err := writeInSteps(ctx, r.v.current.store, append([]pair{mark}, r.p.slots...), nil); err != nil {
		return err
	}
	r.fresh = make([]crypto.Entry, 0, len(r.entries)+1)
	for chunk := range slices.Chunk(r.entries, readChunk) {
		if err := r.reseal(ctx, chunk); err != nil {
			return err
		}
	}
	if err := r.recordExposure(ctx); err != nil {
		return err
	}
	var nodes []crypto.Node
	err := r.v.current.unlockedView(ctx, "rotate", func(s *snapshot) error {
		r.p.s = s // this snapshot's reader; the one before has ended
		root, changed, err := crypto.Change(s.head.Root, s.node, r.fresh)
		if err != nil {
			return indexError("", err)
		}
		nodes = changed
		return r.p.makeHead(root)
	})
	if err != nil {
		return err
	}
	return writeEach(ctx, r.v.current.store, len(nodes), func(i int) pair { return pair{nodes[i].Key, nodes[i].Dual()} }, nil)
}

// resealed is what became of one name.
type resealed struct {
	entry   crypto.Entry
	records []pair
	old     [][]byte // keys of the records as they were
}

// reseal seals the versions of some names to the new identity and writes them.
func (r *rotation) reseal(ctx context.Context, chunk []crypto.Entry) error {
	var all []resealed
	err := r.v.current.unlockedView(ctx, "rotate", func(s *snapshot) (err error) {
		all, err = parallel(ctx, chunk, func(e crypto.Entry) (resealed, error) { return r.resealOne(s, e) })
		return err
	})
	if err != nil {
		return err
	}
	var records []pair
	for _, one := range all {
		r.add(one)
		records = append(records, one.records...)
	}
	if err := writeInSteps(ctx, r.v.current.store, records, nil); err != nil {
		return err
	}
	if r.o.Progress != nil {
		r.o.Progress(min(r.report.Records, r.total), r.total)
	}
	return nil
}

// add takes a name's new entry over.
func (r *rotation) add(one resealed) {
	r.p.count(crypto.Entry{}, one.entry)
	r.fresh = append(r.fresh, one.entry)
	r.p.trim = append(r.p.trim, one.old...)
	if !ours(one.entry.Name) {
		r.report.Names++
	}
	r.report.Records += len(one.records)
}

// resealOne seals every version of a name that is kept, the oldest first: each
// names the one before it.
func (r *rotation) resealOne(s *snapshot, e crypto.Entry) (resealed, error) {
	var (
		versions []version
		out      = resealed{entry: e}
	)
	err := s.history(e, func(ver version) (bool, error) {
		out.old = append(out.old, recordKey(e.Name, ver.header.Version, ver.header.Seq))
		if !r.o.DropHistory || len(versions) == 0 {
			versions = append(versions, ver)
		}
		return true, nil
	})
	if err != nil {
		return out, err
	}
	prev := crypto.Digest{}
	for _, ver := range slices.Backward(versions) {
		h, value, err := s.open(e.Name, ver.header.Version, ver.record)
		if err != nil {
			return out, err
		}
		h.Attrs, h.Seq, h.Prev = withOrigin(h), r.p.seq, prev
		record, err := r.keys.Seal(h, value.Reveal())
		value.Wipe()
		if err != nil {
			return out, wrap(e.Name, err)
		}
		prev = crypto.Sum(record)
		out.records = append(out.records, pair{recordKey(e.Name, h.Version, h.Seq), record})
	}
	out.entry.Seq, out.entry.Sum = r.p.seq, prev
	out.entry.Oldest = e.Version - uint64(len(versions)-1)
	return out, nil
}

// recordExposure puts the exposure list, where slots go, in the place of the
// one that was sealed anew.
func (r *rotation) recordExposure(ctx context.Context) error {
	if r.removed == nil {
		return nil
	}
	value, err := reservedValue(removedName, r.removed)
	if err != nil {
		return err
	}
	e := crypto.Entry{Name: removedName}
	if i := slices.IndexFunc(r.fresh, func(e crypto.Entry) bool { return e.Name == removedName }); i >= 0 {
		e = r.fresh[i]
		r.fresh = slices.Delete(r.fresh, i, i+1)
		for n := e.Oldest; n <= e.Version; n++ {
			r.p.trim = append(r.p.trim, recordKey(e.Name, n, r.p.seq))
		}
	}
	h := crypto.Header{
		Name: e.Name, Version: e.Version + 1, Seq: r.p.seq, Replica: r.p.replica, Kind: value.Kind(),
		Size: int64(len(value.Reveal())), Updated: r.p.time,
	}
	record, err := r.keys.Seal(h, value.Reveal())
	if err != nil {
		return err
	}
	now := crypto.Entry{Name: h.Name, Version: h.Version, Oldest: h.Version, Seq: h.Seq, Kind: h.Kind, Sum: crypto.Sum(record)}
	r.p.count(e, now)
	r.fresh = append(r.fresh, now)
	return writeInSteps(ctx, r.v.current.store, []pair{{recordKey(h.Name, h.Version, h.Seq), record}}, nil)
}

// commit writes the head that makes the vault the new one, with the link that
// the old key signs.
func (r *rotation) commit() error {
	link, err := r.oldKeys.SignLink(crypto.Link{Seq: r.p.seq, Prev: r.p.head.Prev.Digest, New: r.keys.Pin()})
	if err != nil {
		return err
	}
	z, err := r.keys.Sign(&r.p.head)
	if err != nil {
		return err
	}
	head, err := crypto.ParseHead(z)
	if err != nil {
		return err
	}
	log := append(r.p.log, pair{linkKey(r.p.seq), link.Marshal()})
	if err := store.Grow(r.v.current.store, 1+len(log), int64(len(z))); err != nil {
		return err
	}
	return r.v.commits.commitHead(head, z, func(w store.Writer) error { return putAll(w, log) }, func() {
		r.v.current.rekey(r.identity, r.keys)
	})
}

// finish deletes what the vault was, and its bytes, and renews the copies of
// the slots.
func (r *rotation) finish(ctx context.Context) error {
	v := r.v
	err := v.copies.write(ctx)
	if derr := deleteInSteps(v.current.store, r.p.trim); derr != nil {
		return fail("rotate", errors.Join(err, derr))
	}
	perr := forgetBytes(ctx, v.current.store, v.dir)
	if perr != nil && !errors.Is(perr, store.ErrNoPurge) {
		return fail("rotate", errors.Join(err, perr))
	}
	return fail("rotate", errors.Join(err, perr, v.current.store.Update(func(w store.Writer) error {
		return w.Put(batchKey, []byte(batchClean))
	})))
}
