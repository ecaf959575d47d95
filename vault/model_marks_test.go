package vault_test

import (
	"context"
	"maps"
	"time"

	"pgregory.net/rapid"

	"github.com/tacit-vault/tacit/vault"
)

// modelMarks are the attributes of a version. Versions share no map.
type modelMarks struct {
	a, b    string // labels; "" for none
	expires int64  // Unix seconds; 0 for never
}

func (w modelMarks) is(i vault.Info) bool {
	labels := map[string]string{}
	for key, value := range map[string]string{"a": w.a, "b.c": w.b} {
		if value != "" {
			labels[key] = value
		}
	}
	expires := int64(0)
	if !i.Expires.IsZero() {
		expires = i.Expires.Unix()
	}
	return maps.Equal(labels, i.Labels) && expires == w.expires && len(i.Attrs) == 0
}

// mark draws what a change says of attributes, and returns what a name has after
// it.
func (m *model) mark(rt *rapid.T, name string, c *vault.Change) (marks modelMarks) {
	if m.live(name) {
		marks = m.current(name).marks
	}
	label := func(key string, label *string) {
		if rapid.IntRange(0, 2).Draw(rt, "label "+key) == 0 {
			*label = rapid.SampledFrom([]string{"", "x", "=ä, "}).Draw(rt, "value "+key)
			vault.Label(key, *label)(c)
		}
	}
	label("a", &marks.a)
	label("b.c", &marks.b)
	switch rapid.IntRange(0, 4).Draw(rt, "expires") {
	case 0:
		marks.expires = 0
		vault.Expires(time.Time{})(c)
	case 1:
		marks.expires = rapid.Int64Range(1, 253402300799).Draw(rt, "time")
		vault.Expires(time.Unix(marks.expires, 0))(c)
	}
	return marks
}

// keepValue changes attributes alone.
func (m *model) keepValue(rt *rapid.T) mutation {
	name := drawName(rt, "name")
	c := vault.Change{Keep: true}
	var code vault.Code
	if c.If, code = m.condition(rt, name); code == "" && !m.live(name) {
		code = vault.NotFound
	}
	mu := mutation{
		do: func(v *vault.Vault) error {
			change := c
			change.Name = name
			_, err := v.Apply(context.Background(), []vault.Change{change}, nil)
			return err
		},
		code: code,
	}
	if marks := m.mark(rt, name, &c); m.live(name) {
		version := *m.current(name)
		version.marks = marks
		mu.done = func() { m.push(name, version) }
	}
	return mu
}
