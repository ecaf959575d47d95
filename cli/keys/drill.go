package keys

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/table"
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
	drillAway  = "not available"
)

func runKeyDrill(ctx context.Context, s *frame.Session, _ *keyOptions) error {
	dir, discovered, err := s.Locate()
	if err != nil {
		return err
	}
	release, err := frame.WithoutAgent(ctx, s, dir) // a drill has to try the keys themselves
	if err != nil {
		return err
	}
	defer release()
	system.Undumpable()
	o := s.Options(discovered)
	o.OneShot = true
	d := drill{s: s, asked: map[string]bool{}}
	if err := d.collect(ctx, dir, o); err != nil {
		return err
	}
	if len(d.Keys) == 0 {
		return d.AvailableKeys.NoKey()
	}
	o.Write, o.Keys = true, d.Keys
	v, err := vault.Open(ctx, dir, o)
	if err != nil {
		return err
	}
	defer v.Close()
	bar := s.Progress("reading every value")
	results, report, err := v.Drill(ctx, d.Keys, vault.DrillOptions{Progress: bar.Update})
	bar.Done()
	if err != nil {
		return err
	}
	if len(report.Findings) == 0 {
		s.Wrote(v.Status())
	}
	return d.tell(results, report)
}

// drill is the keys at hand.
type drill struct {
	s *frame.Session
	frame.AvailableKeys
	asked map[string]bool // slots whose passphrase was typed
}

// collect gathers what is at hand, and asks for the passphrase of each slot
// that has one.
func (d *drill) collect(ctx context.Context, dir string, o vault.Options) error {
	w, err := d.s.AvailableKeys(ctx)
	if err != nil {
		return err
	}
	d.AvailableKeys = w
	v, err := vault.Open(ctx, dir, o)
	if err != nil {
		return err
	}
	d.Vault = v.Status()
	if err := v.Close(); err != nil {
		return err
	}
	for _, slot := range d.Vault.Slots {
		if slot.Kind != keyring.KindPassphrase && slot.Kind != keyring.KindRecovery {
			continue
		}
		typed, err := askFor(ctx, d.s, fmt.Sprintf("The secret of the key slot %s (%s; empty: not available): ", slot.Label, slot.Kind))
		if err != nil {
			return err
		}
		if typed == nil {
			continue
		}
		p, err := keyring.NewPassphrase(typed, d.s.ScryptLogN)
		clear(typed)
		if err != nil {
			return frame.KeyError(err)
		}
		d.asked[slot.Label] = true
		d.Keys = append(d.Keys, p)
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
		rows[i] = []string{j.Label, j.Kind, j.Outcome, failure.Printable(j.Key + j.Detail)}
	}
	if d.s.JSON {
		if err := d.s.WriteJSON(list); err != nil {
			return err
		}
	} else {
		frame.PrintRows(d.s, []table.Column{{Title: "LABEL", Least: 8}, {Title: "KIND", Falls: 1}, {Title: "OUTCOME"}, {Title: "BY", Least: 16}}, rows)
	}
	switch {
	case len(report.Findings) > 0:
		return failure.Fault(vault.Corrupt, "the vault does not verify: %s; the drill was not recorded", frame.Count(len(report.Findings), "finding")).Hinted("{tacit verify --full}")
	case failed != "":
		return failure.Fault(vault.WrongKey, "the key slot %s does not open with the available secret", failed).Hinted("try it once more, or replace it: {tacit key add}, then {tacit key remove %s}", failed)
	}
	d.s.Did("every value was read: %s; the drill is noted%s", frame.Count(report.Records, "version"), d.s.InVault())
	return nil
}
