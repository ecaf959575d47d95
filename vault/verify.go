package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// VerifyOptions are the options of Verify.
type VerifyOptions struct {
	Full     bool                  // decrypt every record too; needs a key
	Progress func(done, total int) // records; may be nil; called from several goroutines
}

// Report is what Verify found. No findings: every record is the one that was
// committed, all of them are there, and nothing else is.
type Report struct {
	Names   int // secrets
	Gone    int // deleted names of secrets
	Records int // versions read, deletions and tacit's own records included
	Seq     uint64
	Full    bool
	// Unfinished: a batch was begun and not finished, and what it left lies
	// beside the vault's state until the next writer sweeps it. Stray records
	// are then no finding.
	Unfinished bool
	Findings   []Finding
	// LastWhole is when this machine last verified the vault in this place, before
	// this time, and found nothing. The zero time: never, as far as it remembers.
	LastWhole time.Time
}

// Verify reads the whole vault and holds it against the head: VAULT and what
// this machine remembers, every index node, every record of every version, the
// slots and their copies, the log; and looks for what should not be there. It
// goes on past what is wrong, so that all of it is named. An error means that it
// could not be done, never that something was found.
//
// A vault that Open refuses is verified by [Examine].
func (v *Vault) Verify(ctx context.Context, o VerifyOptions) (Report, error) {
	view := v.current.view
	if o.Full {
		view = v.current.unlockedView
	}
	_ = v.current.askDatabase() // what is wrong is found below
	// Before the snapshot is taken: what others commit meanwhile is no rollback.
	v.current.mu.RLock()
	head := v.current.head
	v.current.mu.RUnlock()
	memory := v.witness.recall(head.Vault)
	return v.verify(ctx, view, o, &memory, false)
}

const opVerify = "verify"

// verify runs a verifier in a view. memory is nil where this machine is not to
// know the vault yet; surface leaves out what takes long.
func (v *Vault) verify(ctx context.Context, view func(context.Context, string, func(*snapshot) error) error, o VerifyOptions,
	memory *recollection, surface bool,
) (Report, error) {
	const op = opVerify
	var r *verifier
	err := view(ctx, op, func(s *snapshot) error {
		r = &verifier{v: v, s: s, ctx: ctx, o: o, report: Report{Seq: s.head.Seq, Full: o.Full}}
		if err := r.surface(memory); err != nil || surface {
			return err
		}
		return r.depth()
	})
	if err == nil && !surface {
		if err = r.files(); err == nil {
			r.remember()
		}
	}
	if err != nil {
		return Report{}, fail(op, err)
	}
	return r.report, nil
}

// remember notes when the vault was last found whole, and that it was now. Where
// the machine cannot write that down, a verification is no worse for it.
func (r *verifier) remember() {
	w, id := &r.v.witness, r.s.head.Vault
	r.report.LastWhole = w.anchors.Checked(id, w.dir)
	if len(r.report.Findings) == 0 && !w.unplaced {
		_ = w.anchors.NoteChecked(id, w.dir, r.v.now())
	}
}

type verifier struct {
	v       *Vault
	s       *snapshot
	ctx     context.Context
	o       VerifyOptions
	report  Report
	done    atomic.Int64
	damaged [][]byte // keys of index nodes below which nothing can be told
}

// surface looks at what every Open looks at.
func (r *verifier) surface(memory *recollection) error {
	var err error
	if r.report.Unfinished, err = r.s.batchUnderWay(); err != nil {
		return err
	}
	for _, step := range []func() error{r.vaultFile, r.storedHead, func() error { return r.memory(memory) }, r.slots} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// depth looks at everything else.
func (r *verifier) depth() error {
	if err := r.besideSlots(); err != nil {
		return err
	}
	entries, err := r.index()
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return r.records(entries) },
		func() error { return r.counts(entries) },
		r.log,
		func() error { return r.strays(entries) },
		r.foreign,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (r *verifier) find(code Code, name, message string) {
	r.report.Findings = append(r.report.Findings, newFinding(code, name, message))
}

// add turns an error about the vault's content into a finding. Any other error
// ends the verification.
func (r *verifier) add(err error) error {
	f, ok := findingOf(err)
	if !ok {
		return err
	}
	r.report.Findings = append(r.report.Findings, f)
	return nil
}

// files asks the store whether its files are whole: damage among what was deleted
// keeps nobody from reading, or from writing until the files are merged.
// It runs outside the snapshot, in which the store must not be called again.
func (r *verifier) files() error {
	err := r.v.current.checkFiles()
	if !errors.Is(err, store.ErrCorrupt) {
		return err
	}
	f := newFinding(Corrupt, "", "a file of the database is damaged: "+err.Error())
	f.Remedy = remedy.To(remedy.RewriteFiles)
	r.report.Findings = append(r.report.Findings, f)
	return nil
}

// vaultFile holds VAULT against the head.
func (r *verifier) vaultFile() error {
	file, sum, err := readVaultFile(r.v.dir)
	if err == nil {
		err = belongs(r.v.dir, r.s.head, file, sum)
	}
	return r.add(err)
}

// storedHead asks that the head which is stored is the one that is believed.
func (r *verifier) storedHead() error {
	z, err := getOrNil(r.s.r, headKey)
	if err != nil {
		return err
	}
	stored, err := crypto.ParseHead(z)
	switch {
	case err != nil, stored.Digest() != r.s.head.Digest(), stored.CheckSig(stored.Pin) != nil && r.s.head.CheckSig(r.s.head.Pin) == nil:
		r.find(HeadForged, "", "the head that is stored is not the one that was read when the vault was opened")
	case r.s.keys != nil && r.s.keys.CheckMAC(r.s.head) != nil:
		r.find(HeadForged, "", "the head of the vault was not made with the vault's identity: forged or substituted")
	}
	return r.add(signed(r.v.dir, r.s.head)) // who opened it may have gone by the MAC alone
}

// memory holds the head against what this machine remembers.
func (r *verifier) memory(memory *recollection) error {
	if memory == nil {
		return nil
	}
	m, verdict, err := r.v.witness.judge(r.s.claim(), *memory)
	if err == nil {
		err = verdictError(r.v.dir, r.s.head, m, verdict)
	}
	if err == nil {
		var newer *Sighting
		if newer, err = r.v.witness.outrun(r.s.claim(), m); newer != nil {
			e := outrunError(r.v.dir, r.s.head, newer)
			f := newFinding(e.Code, "", e.Message)
			f.Meaning, f.Remedy = outrunMeaning, remedy.To(remedy.ChooseCopy)
			r.report.Findings = append(r.report.Findings, f)
		}
	}
	return r.add(err)
}

// slots compares the slots with the slot table.
func (r *verifier) slots() error {
	for _, s := range r.s.head.Slots {
		if _, err := r.s.slotFile(s); err != nil {
			if err := r.add(err); err != nil {
				return err
			}
		}
	}
	return nil
}

// besideSlots looks for slots that are not listed, and at the copies.
func (r *verifier) besideSlots() error {
	listed := map[uint32]bool{}
	for _, s := range r.s.head.Slots {
		listed[s.ID] = true
	}
	for key, err := range r.s.r.Keys([]byte(slotSpace), nil) {
		if err != nil {
			return err
		}
		if id, err := parseSlotKey(key); (err != nil || !listed[id]) && !r.report.Unfinished {
			f := newFinding(SlotTampered, "", fmt.Sprintf("the database holds a key slot (%q) that the vault does not list", key))
			f.Meaning, f.Remedy = slotAddedMeaning, remedy.To(remedy.Sweep)
			r.report.Findings = append(r.report.Findings, f)
		}
	}
	for _, name := range r.v.copies.bad(r.s.head.Slots) {
		f := newFinding(SlotTampered, "", "the recovery copy "+name+" is missing or differs from its slot")
		f.Meaning, f.Remedy = slotCopyMeaning, remedy.To(remedy.PutCopiesBack)
		r.report.Findings = append(r.report.Findings, f)
	}
	return nil
}

// index walks the whole tree, and sorts what is in it by name. It goes on past a
// bad node, to name them all.
func (r *verifier) index() (entries []crypto.Entry, err error) {
	bad := func(n *crypto.NodeError) error {
		r.damaged = append(r.damaged, n.Key)
		return r.add(indexError("", n))
	}
	err = crypto.Walk(r.s.head.Root, r.s.node, func(e crypto.Entry) error {
		entries = r.s.with(entries, e)
		switch {
		case ours(e.Name):
		case e.Kind == crypto.Gone:
			r.report.Gone++
		default:
			r.report.Names++
		}
		return r.ctx.Err()
	}, crypto.OnDamage(bad))
	slices.SortFunc(entries, func(a, b crypto.Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, err
}

// records reads every version of every name.
func (r *verifier) records(entries []crypto.Entry) error {
	faults, err := parallel(r.ctx, entries, r.record)
	if err != nil {
		return err
	}
	for _, some := range faults {
		for _, fault := range some {
			if err := r.add(fault); err != nil {
				return err
			}
		}
	}
	r.report.Records = int(r.done.Load())
	return nil
}

// record reads every version of a name, and returns what is wrong with them. A
// version that does not open says nothing about the next; one that is not the
// one that was committed ends the proof.
func (r *verifier) record(e crypto.Entry) (faults []error, err error) {
	note := func(err error) error {
		if CodeOf(err).Tampering() {
			faults = append(faults, err)
			return nil
		}
		return err
	}
	err = r.s.history(e, func(ver version) (bool, error) {
		if n := r.done.Add(1); r.o.Progress != nil {
			r.o.Progress(int(n), int(r.s.head.Records))
		}
		if err := r.ctx.Err(); err != nil || !r.o.Full {
			return true, err
		}
		_, value, err := r.s.open(e.Name, ver.header.Version, ver.record)
		value.Wipe()
		return true, note(err)
	})
	return faults, note(err)
}

// counts holds the index against what the head counts. Below a damaged node
// there is nothing to count.
func (r *verifier) counts(entries []crypto.Entry) error {
	if len(r.damaged) > 0 {
		return nil
	}
	h := r.s.head
	var names, gone, records uint64
	for _, e := range entries {
		records += e.Version - e.Oldest + 1
		if e.Kind == crypto.Gone {
			gone++
		} else {
			names++
		}
	}
	if names != h.Names || gone != h.Gone || records != h.Records {
		r.find(Corrupt, "", fmt.Sprintf("the head counts %d names, %d deleted ones and %d records; the index has %d, %d and %d",
			h.Names, h.Gone, h.Records, names, gone, records))
	}
	return nil
}

// log walks the chain of heads as far as it is kept, and looks for entries that
// are not of it.
func (r *verifier) log() error {
	stray, err := r.s.provenLog()
	var e *SecretError
	switch {
	case errors.As(err, &e):
		r.find(e.Code, "", e.Message)
	case err != nil:
		return err
	}
	if !r.report.Unfinished {
		for _, key := range stray {
			r.foreignKey(key)
		}
	}
	return nil
}
