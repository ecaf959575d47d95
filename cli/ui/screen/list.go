package screen

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// A list is the secrets, which of them are found, and which is chosen.
type list struct {
	known  bool // the whole list has come once
	rows   []wire.Row
	lower  []string   // their names in lower case
	coming []wire.Row // those of a new list, until its last has come

	typed   string
	found   []found           // for what was typed at last, and before: going back costs nothing
	order   string            // "" is by name
	urgent  bool              // only what expires soon
	keeps   func(at int) bool // only these rows; nil: all
	chosen  int               // of those that are found
	top     int               // the first on the screen
	widest  int               // of the names
	expires bool              // one of them does
	labels  bool              // one of them has some
	ordered []int32           // the rows in another order than by name
}

// found are the rows that a query finds.
type found struct {
	typed string
	rows  []int32
}

// orders are those of the list, in turn.
var orders = [...]string{"", "changed", "expires"}

// take adds rows of a list that comes in parts. With the last the list is shown.
func (l *list) take(rows *wire.Rows, now time.Time) {
	if rows.First {
		l.coming = nil
	}
	l.coming = append(l.coming, rows.Rows...)
	if !rows.Last {
		return
	}
	name := l.name()
	l.known = true
	l.rows, l.coming = l.coming, nil
	l.lower, l.widest, l.expires, l.labels = make([]string, len(l.rows)), 0, false, false
	for i := range l.rows {
		name := l.rows[i].Name
		l.lower[i] = strings.ToLower(name)
		l.widest = max(l.widest, len(name))
		l.expires = l.expires || l.rows[i].Expires != 0
		l.labels = l.labels || l.rows[i].Labels != ""
	}
	l.lookAgain(name, now)
}

// hits are the rows that are found.
func (l *list) hits() []int32 {
	if len(l.found) == 0 {
		return nil
	}
	return l.found[len(l.found)-1].rows
}

// row is the chosen one; nil where nothing is found.
func (l *list) row() *wire.Row {
	if hits := l.hits(); l.chosen < len(hits) {
		return &l.rows[hits[l.chosen]]
	}
	return nil
}

// search looks for what was typed.
func (l *list) search(typed string, now time.Time) {
	l.typed = typed
	for n := len(l.found); n > 0; n-- {
		if last := l.found[n-1]; last.typed == typed {
			l.found = l.found[:n]
			break
		} else if narrows(last.typed, typed) {
			l.found = append(l.found[:n], found{typed, l.pick(last.rows, typed)})
			break
		}
		l.found = l.found[:n-1]
	}
	if len(l.found) == 0 {
		l.found = []found{{typed, l.pick(l.all(now), typed)}}
	}
	l.chosen, l.top = 0, 0
}

// name is that of the chosen row, "" for none.
func (l *list) name() string {
	if row := l.row(); row != nil {
		return row.Name
	}
	return ""
}

// renew looks again, in another order or with another filter.
func (l *list) renew(now time.Time) { l.lookAgain(l.name(), now) }

// lookAgain looks for what was typed in what there is now. The cursor goes to a name.
func (l *list) lookAgain(name string, now time.Time) {
	chosen, top := l.chosen, l.top
	l.found, l.ordered = nil, nil
	l.search(l.typed, now)
	l.chosen, l.top = min(chosen, max(0, len(l.hits())-1)), top
	if l.name() == name {
		return // of several rows of a name it is the same
	}
	for i, at := range l.hits() {
		if l.rows[at].Name == name {
			l.chosen = i
			break
		}
	}
}

// all are the rows in their order, filtered.
func (l *list) all(now time.Time) []int32 {
	if l.ordered != nil {
		return l.ordered
	}
	all := make([]int32, 0, len(l.rows))
	for i := range l.rows {
		if (!l.urgent || urgent(l.rows[i].Expires, now)) && (l.keeps == nil || l.keeps(i)) {
			all = append(all, int32(i))
		}
	}
	switch l.order {
	case "changed":
		slices.SortStableFunc(all, func(a, b int32) int { return cmp.Compare(l.rows[b].Changed, l.rows[a].Changed) })
	case "expires":
		slices.SortStableFunc(all, func(a, b int32) int { return cmp.Compare(soonest(l.rows[a].Expires), soonest(l.rows[b].Expires)) })
	}
	l.ordered = all
	return all
}

// soonest puts what never expires last.
func soonest(expires int64) int64 {
	if expires == 0 {
		return 1<<63 - 1
	}
	return expires
}

// pick are those of some rows that are found.
func (l *list) pick(from []int32, typed string) []int32 {
	q := NewQuery(typed)
	if len(q.words) == 0 && len(q.labels) == 0 {
		return from
	}
	hits := make([]int32, 0, len(from)/4)
	for _, i := range from {
		if q.Matches(&l.rows[i], l.lower[i]) {
			hits = append(hits, i)
		}
	}
	return hits
}

// nearest is the name that has most of the letters that were typed, in their order; ""
// where none has two thirds.
func (l *list) nearest() string {
	word := strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(l.typed))
	best, most := "", max(2, (2*len(word)+2)/3)
	for i, lower := range l.lower {
		n := nearness(word, lower)
		if n > most || n == most && (best == "" || len(l.rows[i].Name) < len(best)) {
			best, most = l.rows[i].Name, n
		}
	}
	return best
}

// move moves the cursor.
func (l *list) move(by int) {
	l.chosen = max(0, min(l.chosen+by, len(l.hits())-1))
}

// scroll brings the cursor to the screen, of so many rows.
func (l *list) scroll(height int) {
	l.top = max(0, min(l.top, l.chosen, len(l.hits())-height))
	l.top = max(l.top, l.chosen-height+1)
}
