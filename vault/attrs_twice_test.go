package vault

import (
	"maps"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

// Of two labels with one key the first has a meaning, and the other never gets
// one: not when labels are numbered anew, nor when the first is removed.
func TestLabelTwice(t *testing.T) {
	t.Parallel()
	for add, want := range map[string]map[string]string{
		"a":   {"a": "x", "env": "prod"},
		"env": {"env": "x"},
		"":    {},
	} {
		a := readAttributes([]crypto.Attr{{Name: "label0", Value: "env=prod"}, {Name: "label1", Value: "env=test"}})
		change := Change{Labels: map[string]string{add: "x"}}
		if add == "" {
			change.Labels = map[string]string{"env": ""}
		}
		if err := a.change(change); err != nil {
			t.Fatal(err)
		}
		if got := readAttributes(a.attrs()); !maps.Equal(got.labels, want) || len(got.others) > 0 {
			t.Errorf("%q: %v and %v, want %v", add, got.labels, got.others, want)
		}
	}
}
