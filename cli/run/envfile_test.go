package run

import (
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// FuzzSplitReferences: a reference is found wherever it stands, what is around it is
// kept, and what is taken for one stood there.
func FuzzSplitReferences(f *testing.F) {
	for _, s := range [][3]string{
		{"postgres://u:", "DB_PASSWORD", "@h/d"},
		{"", "A", ""},
		{"tacit:", "A", "x"},
		{"{{ tacit://B }}", "A", "{{ tacit:// }}"},
		{"{{", "A", "}}"},
		{"\x00\xff", "a-b_1", "\n"},
		{"{{ tacit://", "A", "tacit://"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, before, name, after string) {
		value := before + "{{ tacit://" + name + " }}" + after
		parts, near := splitReferences(value)
		texts := 0
		for _, p := range parts {
			texts += len(p.text)
			if p.text == "" && !p.isSecret || !strings.Contains(value, p.text) {
				t.Fatalf("%q: the part %+v", value, p)
			}
		}
		if texts > len(value) {
			t.Fatalf("%q: %+v", value, parts)
		}
		if strings.ContainsAny(before+after, "{}") || strings.Contains(before, reference) || vault.CheckName("test", name) != nil {
			return
		}
		want := slices.DeleteFunc([]part{{text: before}, {name, true}, {text: after}}, func(p part) bool { return p.text == "" })
		if !slices.Equal(parts, want) || near && !strings.Contains(strings.ToLower(after+before), reference) {
			t.Fatalf("%q: %+v, %v", value, parts, near)
		}
	})
}
