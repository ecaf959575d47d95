package agent

import (
	"fmt"
	"time"

	"github.com/tacit-vault/tacit/vault"
)

// neverExpires is what takes a secret's expiry away.
const neverExpires = "never"

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
	if c.Expires, err = parseExpiry(op, c.Name, expires); err != nil {
		return err
	}
	switch {
	case !c.Keep:
		c.Value, err = r.value(op, c.Name, d["value"], kind)
		return err
	case len(d["value"]) > 0:
		return invalid(op, c.Name, "the body has a value, and also says to keep the old one")
	}
	return nil
}

// parseExpiry reads a time, or the word for none; nil where nothing is said.
func parseExpiry(op, name, text string) (*time.Time, error) {
	switch text {
	case "":
		return nil, nil
	case neverExpires:
		return new(time.Time), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, invalid(op, name, fmt.Sprintf("a secret expires at a time of RFC 3339, or %q", neverExpires))
	}
	return &t, nil
}

// expiryText is what parseExpiry reads.
func expiryText(t time.Time) string {
	if t.IsZero() {
		return neverExpires
	}
	return t.UTC().Format(time.RFC3339)
}
