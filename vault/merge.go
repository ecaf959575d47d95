package vault

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto"
)

// GroupPrefix is how the names of the records begin that a group keeps in a vault.
// What follows are letters, digits, "_" and "-".
const GroupPrefix = ".g-"

// A Merge is one commit of what other vaults have written, and of the records that a
// group keeps in this one.
type Merge struct {
	Given []Given          // at most one of each name
	Own   map[string]Value // by their whole names; the zero Value deletes the record
}

// Merge makes one commit of what build returns, and none where that is empty. No
// other change is made between the state that build looks at and the commit: what
// build finds unchanged is unchanged when its values are in place. Where what the
// database says has to be read again, build is called again.
//
// Values are not held against the vault's own limit for a value; see
// [MergeView.Check] for what cannot be kept. On any error nothing has changed, except
// where it wraps store.ErrUncertain.
//
// Codes: those of [Vault.Apply]; an error of build is returned as it is.
func (v *Vault) Merge(ctx context.Context, op string, build func(*MergeView) (Merge, error)) error {
	purged := ""
	_, err := v.change(ctx, op, func(p *plan) error {
		m, err := build(&MergeView{p})
		if err != nil {
			return err
		}
		purged = m.purged()
		return p.merge(m)
	}, nil)
	if err != nil || purged == "" {
		return err
	}
	if checkPurge(v.current.store, purged) == nil {
		v.warner.warn(purgeBytes(ctx, v.current.store, purged))
	}
	return nil
}

// purged is a name of which no older bytes are to stay, "" where there is none.
func (m *Merge) purged() string {
	for _, g := range m.Given {
		if g.Deleted && g.Purge {
			return g.Name
		}
	}
	return ""
}

// merge stages a merge.
func (p *plan) merge(m Merge) error {
	for i := range m.Given {
		g := &m.Given[i]
		if err := p.check(*g); err != nil {
			return err
		}
		if err := p.give(g); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Own)) {
		value := m.Own[name]
		if !isGroupRecord(name) || crypto.CheckKey(name) != nil {
			return notGroupRecord(name)
		}
		g := &Given{Name: name, Value: value, Deleted: value.Kind() == 0, Purge: true, Updated: time.Unix(p.time, 0)}
		if err := p.give(g); err != nil {
			return err
		}
	}
	p.idle = len(p.proposed) == 0
	return nil
}

// give proposes a value that was given, whatever the name has.
func (p *plan) give(g *Given) error {
	old, known, err := p.s.entry(g.Name)
	if err != nil {
		return err
	}
	if ours(g.Name) && g.Deleted && (!known || old.Kind == crypto.Gone) {
		return nil
	}
	p.proposed = append(p.proposed, &Change{Name: g.Name, Value: g.Value, Delete: g.Deleted, purge: g.Purge, given: g})
	p.olds = append(p.olds, old)
	return p.once(g.Name)
}

// check tells why a value cannot be kept in any vault.
func (p *plan) check(g Given) error {
	if err := checkName(g.Name); err != nil {
		return err
	}
	h := crypto.Header{
		Name: g.Name, Version: 1, Seq: 1, Kind: g.Value.Kind(),
		Size: int64(len(g.Value.Reveal())), Updated: g.Updated.Unix(), Attrs: withoutOrigin(g.Attrs),
	}
	if g.Deleted {
		h.Kind, h.Size = crypto.Gone, 0
	} else if err := g.Value.Validate(); err != nil {
		return wrap(g.Name, err)
	}
	if err := h.Validate(); err != nil {
		return &SecretError{Code: InvalidValue, Key: g.Name, Err: fmt.Errorf("it cannot be kept here: %w", err)}
	}
	return nil
}
