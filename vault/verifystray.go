package vault

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// strays looks for records and nodes that nothing lists. Where the index is
// damaged it does so for the rest of it. What an interrupted batch left is no
// finding: the next writer sweeps it.
func (r *verifier) strays(entries []crypto.Entry) error {
	if r.report.Unfinished {
		return nil
	}
	// The walk has proven every entry, and, where no node was damaged, that
	// there are no others.
	entry := func(name string) (crypto.Entry, bool, error) {
		e, ok := search(entries, name)
		if !ok && len(r.damaged) > 0 {
			return r.s.entry(name)
		}
		return e, ok, nil
	}
	stray, err := r.s.lenient().strayRecords(r.ctx, entry)
	if err != nil {
		return err
	}
	for _, key := range stray {
		name, n, _, err := parseRecordKey(key)
		if err != nil {
			r.foreignKey(key)
			continue
		}
		var e *SecretError
		errors.As(resurrected(name, n), &e)
		f := newFinding(e.Code, name, e.Message)
		f.Remedy = remedy.To(remedy.Sweep)
		r.report.Findings = append(r.report.Findings, f)
	}
	return r.strayNodes()
}

// strayNodes looks for index nodes that nothing lists.
func (r *verifier) strayNodes() error {
	reached := map[string]bool{}
	for _, key := range r.damaged {
		reached[string(key)] = true
	}
	err := crypto.WalkNodes(r.s.head.Root, r.s.node, func(key, _, _ []byte) error {
		reached[string(key)] = true
		return r.ctx.Err()
	}, crypto.OnDamage(func(*crypto.NodeError) error { return nil }))
	if err != nil {
		return err
	}
	for key, err := range r.s.r.Keys([]byte(nodeSpace), nil) {
		if err != nil {
			return err
		}
		below := func(top []byte) bool { return crypto.NodeBelow(key, top) }
		if !reached[string(key)] && !slices.ContainsFunc(r.damaged, below) {
			f := newFinding(IndexTampered, "", fmt.Sprintf("the database holds an index node (%q) that nothing lists", key))
			f.Meaning, f.Remedy = strayMeaning, remedy.To(remedy.Sweep)
			r.report.Findings = append(r.report.Findings, f)
		}
	}
	return nil
}

// foreign looks for keys that are of no space of the format.
func (r *verifier) foreign() error {
	if r.report.Unfinished {
		return nil
	}
	keys, err := r.s.foreignKeys()
	for _, key := range keys {
		r.foreignKey(key)
	}
	return err
}

func (r *verifier) foreignKey(key []byte) {
	const most = 64
	r.report.Findings = append(r.report.Findings, foreignFinding(key[:min(len(key), most)]))
}
