package server

import (
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// storeMembers are the members of a document that say what is stored.
func storeMembers() []string {
	return []string{"value", "kind", "keep", "expires", "labels", "same_worth", "skip_same"}
}

// fill reads what a document says that a change stores.
func (r *request) fill(op string, d document, c *vault.Change) (err error) {
	var kind, expires string
	for name, into := range map[string]any{
		"kind": &kind, "keep": &c.Keep, "expires": &expires, "labels": &c.Labels, "same_worth": &c.SameWorth, "skip_same": &c.SkipSame,
	} {
		if err := d.get(name, into); err != nil {
			return err
		}
	}
	if c.Expires, err = wire.ParseExpiry(op, c.Name, expires); err != nil {
		return err
	}
	switch {
	case !c.Keep:
		c.Value, err = r.value(op, c.Name, d["value"], kind)
		return err
	case len(d["value"]) > 0:
		return wire.Invalid(op, c.Name, "the body has a value, and also says to keep the old one")
	}
	return nil
}
