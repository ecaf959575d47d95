package vault

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto"
)

// Adopted is a secret that comes from another vault, with what was known of it
// there.
type Adopted struct {
	Name    string
	Kind    crypto.Kind
	Plain   []byte    // exactly what was kept; must not change until Adopt returns
	Updated time.Time // when the value was last changed
	Attrs   map[string]string
}

// Adopt stores secrets as Apply does, in one commit, and keeps when each was
// changed, and its attributes. Where a value came into being in the other vault
// it counts as new in this one.
//
// Codes: those of Apply; InvalidValue for attributes that cannot be.
func (v *Vault) Adopt(ctx context.Context, secrets []Adopted, progress func(done, total int)) ([]Info, error) {
	const op = "adopt"
	if len(secrets) == 0 {
		return nil, nil
	}
	return v.change(ctx, op, func(p *plan) error {
		for _, a := range secrets {
			if err := p.adopt(a); err != nil {
				return err
			}
		}
		return nil
	}, progress)
}

func (p *plan) adopt(a Adopted) error {
	value := newValue(a.Kind, a.Plain)
	if err := p.apply(Change{Name: a.Name, Value: value}); err != nil {
		return err
	}
	st := p.staged[len(p.staged)-1]
	st.change = nil // what it has is what it had there
	h := &st.header
	for _, name := range slices.Sorted(maps.Keys(a.Attrs)) {
		if name != originAttr { // a commit of another vault says nothing here
			h.Attrs = append(h.Attrs, crypto.Attr{Name: name, Value: a.Attrs[name]})
		}
	}
	h.Updated = max(a.Updated.Unix(), 0)
	if err := h.Validate(); err != nil {
		return &SecretError{Code: InvalidValue, Key: a.Name, Err: err}
	}
	return nil
}
