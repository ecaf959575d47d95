package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// Equal values have equal numbers, and those that were not read have none.
func TestNumbers(t *testing.T) {
	text := func(s string) vault.Value { return vault.Text(s) }
	r := compared{cells: make([]cell, 6)}
	r.number([]vault.Value{text("a"), {}, text("b"), text("a"), vault.Bytes([]byte("a")), text("")})
	var got []int
	for _, one := range r.cells {
		got = append(got, one.value)
	}
	if want := []int{1, 0, 2, 1, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

// What the cells of a name say: what is not there needs no key, what is the same does.
func TestWords(t *testing.T) {
	gone := errors.New("it is gone")
	for name, c := range map[string]struct {
		cells []cell
		errs  []error
		base  int
		want  string
		look  bool
	}{
		"same":           {[]cell{{2, 1}, {7, 1}}, []error{nil, nil}, 0, "v2, v7 same", false},
		"other":          {[]cell{{2, 1}, {7, 2}, {1, 1}}, []error{nil, nil, nil}, 0, "v2, v7 other, v1 same", true},
		"another base":   {[]cell{{2, 1}, {7, 2}, {1, 1}}, []error{nil, nil, nil}, 1, "v2 other, v7, v1 other", true},
		"missing":        {[]cell{{2, 1}, {0, 0}, {1, 1}}, []error{nil, nil, nil}, 0, "v2, MISSING, v1 same", true},
		"base lacks it":  {[]cell{{0, 0}, {3, 1}, {1, 2}}, []error{nil, nil, nil}, 0, "MISSING, v3, v1 other", true},
		"base is locked": {[]cell{{4, 0}, {3, 1}, {1, 1}}, []error{nil, nil, nil}, 0, "v4 locked, v3, v1 same", false},
		"one is locked":  {[]cell{{4, 1}, {3, 0}}, []error{nil, nil}, 0, "v4, v3 locked", false},
		"all are locked": {[]cell{{4, 0}, {3, 0}}, []error{nil, nil}, 0, "v4 locked, v3 locked", false},
		"alone":          {[]cell{{4, 0}, {0, 0}}, []error{nil, nil}, 0, "v4, MISSING", true},
		"unread":         {[]cell{{4, 1}, {0, 0}, {4, 1}}, []error{nil, gone, nil}, 0, "v4, unread, v4 same", false},
		"no base":        {[]cell{{4, 1}, {2, 2}}, []error{nil, nil}, -1, "v4, v2 other", true},
	} {
		titles := []string{"@a", "@b", "@c"}[:len(c.cells)]
		all := &comparison{titles: titles, errs: c.errs, rows: []compared{{name: "NAME", cells: c.cells}}}
		if got := strings.Join(all.words(&all.rows[0], c.base), ", "); got != "NAME, "+c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
		base := ""
		if c.base >= 0 {
			base = titles[c.base]
		}
		table := all.table(base)
		if len(table.Rows) != 1 || table.Rows[0].Look != c.look {
			t.Errorf("%s: wants attention: %+v", name, table.Rows)
		}
		if c.errs[1] != nil && table.Note != "@b: it is gone" {
			t.Errorf("%s: nothing says why it is not read: %q", name, table.Note)
		}
	}
}
