package ui

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/ui/screen"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/shown"
)

// A comparison is what the environments of a project have, without values: which of them
// are equal, and no more.
type comparison struct {
	titles []string
	errs   []error // why an environment cannot be read; nil where it can
	rows   []compared
}

// compared is a name in each environment.
type compared struct {
	name  string
	cells []cell
	soon  string // which of them expires soon
}

// A cell is a name in one environment. Equal values have the same number above 0; 0 is not
// known.
type cell struct {
	version uint64 // 0: it is not there
	value   int
}

// compare compares what the sides have. Values are read where that asks nothing.
func compare(ctx context.Context, sides []*side, now time.Time) *comparison {
	c := &comparison{}
	at := map[string]int{}
	for i, one := range sides {
		c.titles, c.errs = append(c.titles, one.title), append(c.errs, one.err)
		for name, in := range one.infos {
			if _, known := at[name]; !known {
				at[name] = len(c.rows)
				c.rows = append(c.rows, compared{name: name, cells: make([]cell, len(sides))})
			}
			row := &c.rows[at[name]]
			row.cells[i].version = in.Version
			if !in.Expires.IsZero() && in.Expires.Sub(now) <= screen.Soon {
				row.soon += ", in " + one.title + " it " + expiresIn(in.Expires.Sub(now))
			}
		}
	}
	c.readValues(ctx, sides)
	slices.SortFunc(c.rows, func(a, b compared) int { return strings.Compare(a.name, b.name) })
	return c
}

func expiresIn(left time.Duration) string {
	if left <= 0 {
		return "expired " + frame.Span(-left) + " ago"
	}
	return "expires in " + frame.Span(left)
}

// atOnce is how many names are read of each side before their values are wiped.
const atOnce = 200

// readValues numbers the values. No hash of them is made: one would leave its last block
// in memory.
func (c *comparison) readValues(ctx context.Context, sides []*side) {
	var several []int // the rows with more than one value
	for i := range c.rows {
		if c.rows[i].there() > 1 {
			several = append(several, i)
		}
	}
	for rows := range slices.Chunk(several, atOnce) {
		c.readSome(ctx, sides, rows)
	}
	for i, one := range sides {
		c.errs[i] = one.err
	}
}

// readSome numbers the values of some rows.
func (c *comparison) readSome(ctx context.Context, sides []*side, rows []int) {
	values := make(map[string][]vault.Value, len(rows)) // of each side
	defer func() {
		for _, list := range values {
			for _, value := range list {
				value.Wipe()
			}
		}
	}()
	for i, one := range sides {
		names := c.namesOf(one, rows)
		if !one.open || one.err != nil || len(names) == 0 { // to read none is to read all
			continue
		}
		var list []vault.Secret
		list, one.err = one.v.ReadAll(ctx, names...)
		for _, secret := range list {
			if values[secret.Name] == nil {
				values[secret.Name] = make([]vault.Value, len(sides))
			}
			values[secret.Name][i] = secret.Value
		}
	}
	for _, row := range rows {
		c.rows[row].number(values[c.rows[row].name])
	}
}

// namesOf are the names of some rows that a side has.
func (c *comparison) namesOf(one *side, rows []int) (names []string) {
	for _, row := range rows {
		if _, has := one.infos[c.rows[row].name]; has {
			names = append(names, c.rows[row].name)
		}
	}
	return names
}

// number gives equal values equal numbers. A value that was not read is of no kind.
func (r *compared) number(values []vault.Value) {
	most := 0
	for i, value := range values {
		if value.Kind() == (vault.Value{}).Kind() {
			continue
		}
		for j := range i {
			if r.cells[j].value > 0 && equal(values[j], value) {
				r.cells[i].value = r.cells[j].value
				break
			}
		}
		if r.cells[i].value == 0 {
			most++
			r.cells[i].value = most
		}
	}
}

func equal(a, b vault.Value) bool {
	return a.Kind() == b.Kind() && bytes.Equal(a.Reveal(), b.Reveal())
}

// there is in how many environments it is.
func (r *compared) there() (n int) {
	for _, one := range r.cells {
		if one.version != 0 {
			n++
		}
	}
	return n
}

// differs tells whether two values are known to be others.
func (r *compared) differs() bool {
	return slices.ContainsFunc(r.cells, func(one cell) bool { return one.value > 1 })
}

// missing tells whether an environment that can be read lacks it.
func (c *comparison) missing(r *compared) bool {
	for i, one := range r.cells {
		if one.version == 0 && c.errs[i] == nil {
			return true
		}
	}
	return false
}

// against is the environment that the values of a name are compared with: the base, or
// the first whose value is known; -1 for none.
func (r *compared) against(base int) int {
	if base >= 0 && r.cells[base].value > 0 {
		return base
	}
	return slices.IndexFunc(r.cells, func(one cell) bool { return one.value > 0 })
}

// words are the cells of a name.
func (c *comparison) words(r *compared, base int) []string {
	words := []string{r.name}
	against := r.against(base)
	for i, one := range r.cells {
		word := fmt.Sprintf("v%d", one.version)
		switch {
		case one.version == 0 && c.errs[i] != nil:
			word = "unread"
		case one.version == 0:
			word = "MISSING"
		case i == against, r.there() == 1:
		case one.value == 0:
			word += " locked"
		case one.value == r.cells[against].value:
			word += " same"
		default:
			word += " other"
		}
		words = append(words, word)
	}
	if r.soon != "" {
		words = append(words, strings.TrimPrefix(r.soon, ", "))
	}
	return words
}

// table is the comparison in words.
func (c *comparison) table(base string) wire.Table {
	t := wire.Table{View: wire.Environments, Titles: append([]string{"NAME"}, c.titles...), Base: base}
	differ, missing := 0, 0
	for i := range c.rows {
		r := &c.rows[i]
		if r.differs() {
			differ++
		}
		if c.missing(r) {
			missing++
		}
		t.Rows = append(t.Rows, wire.TableRow{Cells: c.words(r, slices.Index(c.titles, base)), Look: r.differs() || c.missing(r)})
	}
	t.Head = fmt.Sprintf("%s, %d differ, %d missing", frame.Count(len(c.rows), "name"), differ, missing)
	for i, err := range c.errs {
		if err != nil {
			t.Note += "; " + c.titles[i] + ": " + shown.Line(err.Error(), 300)
		}
	}
	t.Note = strings.TrimPrefix(t.Note, "; ")
	return t
}

// environments is the view of them. It reads anew unless only the base is another.
func (d *desk) environments(ctx context.Context, base string) wire.Table {
	if base == "" || d.compared == nil {
		sides, err := d.sides(ctx)
		if err != nil {
			return wire.Table{View: wire.Environments, Titles: []string{"NAME"}, Note: shown.Line(err.Error(), 1<<10)}
		}
		defer closeSides(sides)
		d.compared = compare(ctx, sides, d.s.Now())
		for _, one := range sides {
			if d.base == "" && d.isHere(one.env) {
				d.base = one.title
			}
		}
	}
	if base != "" {
		d.base = base
	}
	if !slices.Contains(d.compared.titles, d.base) && len(d.compared.titles) > 0 {
		d.base = d.compared.titles[0]
	}
	return d.compared.table(d.base)
}
