package cli

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// drilledJSON is what a drill found out about a slot.
type drilledJSON struct {
	Label   string `json:"label"`
	Kind    string `json:"kind"`
	Outcome string `json:"outcome"` // opens, fails, not at hand
	Key     string `json:"key,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// The outcomes of a drill.
const (
	drillOpens = "opens"
	drillFails = "fails"
	drillAway  = "not at hand"
)

func runKeyDrill(ctx context.Context, s *session, _ *keyOptions) error {
	dir, discovered, err := s.locate()
	if err != nil {
		return err
	}
	release, err := s.aside(ctx, dir) // a drill has to try the keys themselves
	if err != nil {
		return err
	}
	defer release()
	Undumpable()
	o := s.options(discovered)
	o.OneShot = true
	d := drill{s: s, asked: map[string]bool{}}
	if err := d.collect(ctx, dir, o); err != nil {
		return err
	}
	if len(d.keys) == 0 {
		return d.ways.noKey()
	}
	o.Write, o.Keys = true, d.keys
	v, err := vault.Open(ctx, dir, o)
	if err != nil {
		return err
	}
	defer v.Close()
	bar := s.progress("reading every value")
	results, report, err := v.Drill(ctx, d.keys, vault.DrillOptions{Progress: bar.update})
	bar.done()
	if err != nil {
		return err
	}
	if len(report.Findings) == 0 {
		s.wrote(v.Status())
	}
	return d.tell(results, report)
}

// drill is the keys at hand.
type drill struct {
	s *session
	ways
	asked map[string]bool // slots whose passphrase was typed
}

// collect gathers what is at hand, and asks for the passphrase of each slot
// that has one.
func (d *drill) collect(ctx context.Context, dir string, o vault.Options) error {
	w, err := d.s.ways(ctx)
	if err != nil {
		return err
	}
	d.ways = w
	v, err := vault.Open(ctx, dir, o)
	if err != nil {
		return err
	}
	d.vault = v.Status()
	if err := v.Close(); err != nil {
		return err
	}
	for _, slot := range d.vault.Slots {
		if slot.Kind != keyring.KindPassphrase && slot.Kind != keyring.KindRecovery {
			continue
		}
		typed, err := d.s.askFor(ctx, fmt.Sprintf("The secret of the key slot %s (%s; empty: not at hand): ", slot.Label, slot.Kind))
		if err != nil {
			return err
		}
		if typed == nil {
			continue
		}
		p, err := keyring.NewPassphrase(typed, d.s.ScryptLogN)
		clear(typed)
		if err != nil {
			return keyError(err)
		}
		d.asked[slot.Label] = true
		d.keys = append(d.keys, p)
	}
	return nil
}

// tell prints what was found out. A key that was given for a slot and does not
// open it is a wrong one.
func (d *drill) tell(results []vault.DrillResult, report vault.Report) error {
	list := make([]drilledJSON, len(results))
	rows := make([][]string, len(results))
	failed := ""
	for i, r := range results {
		j := drilledJSON{Label: r.Slot.Label, Kind: r.Slot.Kind, Outcome: drillAway}
		switch {
		case r.Opened:
			j.Outcome, j.Key = drillOpens, r.Key
		case r.Err != nil:
			j.Outcome, j.Detail, failed = drillFails, r.Err.Error(), r.Slot.Label
		case d.asked[r.Slot.Label]:
			j.Outcome, j.Detail, failed = drillFails, "what was typed does not open it", r.Slot.Label
		}
		list[i] = j
		rows[i] = []string{j.Label, j.Kind, j.Outcome, printable(j.Key + j.Detail)}
	}
	if d.s.json {
		if err := d.s.writeJSON(list); err != nil {
			return err
		}
	} else {
		d.s.rows([]string{"LABEL", "KIND", "OUTCOME", "BY"}, rows)
	}
	switch {
	case len(report.Findings) > 0:
		return fault(vault.Corrupt, "the vault does not verify: %s; the drill was not recorded", count(len(report.Findings), "finding")).hinted("tacit verify --full")
	case failed != "":
		return fault(vault.WrongKey, "the key slot %s does not open with what is at hand for it", failed).hinted("try it once more, or replace it: tacit key add, then tacit key remove %s", failed)
	}
	d.s.did("every value was read: %s; the drill is noted%s", count(report.Records, "version"), d.s.inVault())
	return nil
}
