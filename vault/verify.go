package vault

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tacit-vault/tacit/crypto"
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
	Gone    int // deleted names
	Records int // versions read, deletions included
	Seq     uint64
	Full    bool
	// Unfinished: a batch was begun and not finished, and what it left lies
	// beside the vault's state until the next writer sweeps it. Stray records
	// are then no finding.
	Unfinished bool
	Findings   []Finding
}

// Finding is one thing that is wrong.
type Finding struct {
	Code    Code
	Name    string // "" where it is not about one secret
	Message string
	Remedy  string
}

// Verify reads the whole vault and holds it against the head: every index
// node, every record of every version, the slots and their copies, the log;
// and looks for what should not be there. An error means that it could not be
// done, never that something was found.
func (v *Vault) Verify(ctx context.Context, o VerifyOptions) (Report, error) {
	const op = "verify"
	var r *verifier
	run := func(s *snapshot) error {
		r = &verifier{v: v, s: s, ctx: ctx, o: o, report: Report{Seq: s.head.Seq, Full: o.Full}}
		return r.run()
	}
	view := v.view
	if o.Full {
		view = v.unlockedView
	}
	if err := view(ctx, op, run); err != nil {
		return Report{}, fail(op, "", err)
	}
	return r.report, nil
}

type verifier struct {
	v      *Vault
	s      *snapshot
	ctx    context.Context
	o      VerifyOptions
	report Report
	done   atomic.Int64
}

func (r *verifier) run() error {
	under, err := r.s.batchUnderWay()
	if err != nil {
		return err
	}
	r.report.Unfinished = under
	entries, err := r.index()
	if err != nil {
		return err
	}
	if err := r.records(entries); err != nil {
		return err
	}
	whole := len(r.report.Findings) == 0
	if err := r.slots(under); err != nil {
		return err
	}
	if err := r.log(); err != nil {
		return err
	}
	// What an interrupted batch left is no finding: the next writer sweeps it.
	if whole && !under {
		r.counts()
		return r.strays()
	}
	return nil
}

func (r *verifier) find(code Code, name, message, remedy string) {
	r.report.Findings = append(r.report.Findings, Finding{code, name, message, remedy})
}

// add turns an error about the vault's content into a finding. Any other error
// ends the verification.
func (r *verifier) add(err error) error {
	var e *SecretError
	if !errors.As(err, &e) || !e.Code.Tampering() {
		return err
	}
	r.find(e.Code, e.Key, e.Message, "restore this secret from a backup")
	if e.Message == "" {
		r.report.Findings[len(r.report.Findings)-1].Message = e.Error()
	}
	return nil
}

// index walks the whole tree. It goes on past a bad node, to name them all.
func (r *verifier) index() (entries []crypto.Entry, err error) {
	bad := func(n *crypto.NodeError) error {
		return r.add(indexError(r.s.op, "", n))
	}
	err = crypto.Walk(r.s.head.Root, r.s.node, func(e crypto.Entry) error {
		entries = append(entries, e)
		if e.Kind == crypto.Gone {
			r.report.Gone++
		} else {
			r.report.Names++
		}
		return r.ctx.Err()
	}, crypto.OnDamage(bad))
	return entries, err
}

// records reads every version of every name.
func (r *verifier) records(entries []crypto.Entry) error {
	faults, err := parallel(r.ctx, entries, func(e crypto.Entry) (error, error) {
		err := r.s.history(e, func(ver version) (bool, error) {
			if n := r.done.Add(1); r.o.Progress != nil {
				r.o.Progress(int(n), int(r.s.head.Records))
			}
			if !r.o.Full {
				return true, r.ctx.Err()
			}
			_, value, err := r.s.open(e.Name, ver.header.Version, ver.record)
			value.Wipe()
			return true, err
		})
		if CodeOf(err).Tampering() {
			return err, nil
		}
		return nil, err
	})
	if err != nil {
		return err
	}
	for _, fault := range faults {
		if err := r.add(fault); err != nil {
			return err
		}
	}
	r.report.Records = int(r.done.Load())
	return nil
}

// counts holds what was read against what the head counts.
func (r *verifier) counts() {
	h := r.s.head
	if uint64(r.report.Names) != h.Names || uint64(r.report.Gone) != h.Gone || uint64(r.report.Records) != h.Records {
		r.find(Corrupt, "", fmt.Sprintf("the head counts %d secrets, %d deleted names and %d records; there are %d, %d and %d",
			h.Names, h.Gone, h.Records, r.report.Names, r.report.Gone, r.report.Records), "restore a backup")
	}
}

// slots compares the slots and their copies with the slot table.
func (r *verifier) slots(under bool) error {
	listed := map[uint32]bool{}
	for _, s := range r.s.head.Slots {
		listed[s.ID] = true
		if _, err := r.v.slotFile(r.s, s); err != nil {
			if err := r.add(err); err != nil {
				return err
			}
		}
	}
	for key, err := range r.s.r.Keys([]byte(slotSpace), nil) {
		if err != nil {
			return err
		}
		if id, err := parseSlotKey(key); (err != nil || !listed[id]) && !under {
			r.find(SlotTampered, "", fmt.Sprintf("the database holds a key slot (%q) that the vault does not list", key),
				"it opens nothing; restore a backup to be rid of it")
		}
	}
	for _, name := range r.v.badSlotCopies(r.s.head.Slots) {
		r.find(SlotTampered, "", "the recovery copy "+name+" is missing or differs from its slot",
			"the next command that writes to the vault puts it back")
	}
	return nil
}

// log walks the chain of heads as far as it is kept.
func (r *verifier) log() error {
	get := func(seq uint64) ([]byte, error) { return getOrNil(r.s.r, logKey(seq)) }
	err := crypto.CheckLog(&r.s.head.Head, get)
	if err == nil {
		err = r.s.checkLinks()
	}
	switch {
	case errors.Is(err, crypto.ErrForged), errors.Is(err, crypto.ErrMalformed), errors.Is(err, crypto.ErrLimit):
		r.find(HeadForged, "", "the log of the vault's heads is not the one that was committed: "+err.Error(), "restore a backup")
		return nil
	case errors.Is(err, crypto.ErrMissing):
		r.find(Missing, "", "an entry of the log of the vault's heads is missing: "+err.Error(), "restore a backup")
		return nil
	}
	return err
}

// strays looks for records and nodes that nothing lists.
func (r *verifier) strays() error {
	stray, err := r.s.strayRecords(r.ctx)
	if err != nil {
		return r.add(err)
	}
	for _, key := range stray {
		name, n, _, err := parseRecordKey(key)
		if err != nil {
			return err
		}
		var e *SecretError
		errors.As(resurrected(r.s.op, name, n), &e)
		r.find(e.Code, name, e.Message, "it is never read; restore a backup to be rid of it")
	}
	nodes := map[string]bool{}
	err = crypto.WalkNodes(r.s.head.Root, r.s.node, func(key, _, _ []byte) error {
		nodes[string(key)] = true
		return r.ctx.Err()
	})
	if err != nil {
		return err
	}
	for key, err := range r.s.r.Keys([]byte(nodeSpace), nil) {
		if err != nil {
			return err
		}
		if !nodes[string(key)] {
			r.find(IndexTampered, "", "the database holds an index node that nothing lists",
				"it is never read; restore a backup to be rid of it")
		}
	}
	return nil
}
