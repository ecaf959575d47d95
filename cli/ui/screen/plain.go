package screen

import (
	"fmt"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// Find are the rows that a search finds, for who draws no screen.
func Find(rows []wire.Row, typed string) (found []wire.Row) {
	q := NewQuery(typed)
	for i := range rows {
		if q.Matches(&rows[i], strings.ToLower(rows[i].Name)) {
			found = append(found, rows[i])
		}
	}
	return found
}

// Says is a row in words.
func Says(row wire.Row, now time.Time) string {
	text := fmt.Sprintf("%s, version %d, changed %s ago, %s", clean(row.Name), row.Version, age(row.Changed, now), content(&row))
	if row.Expires != 0 {
		when := strings.TrimSuffix(expiry(row.Expires, now), " !")
		text += ", " + strings.Replace("expires "+when, "expires expired", "expired", 1)
	}
	if row.Labels != "" {
		text += ", " + clean(row.Labels)
	}
	return text
}

// FindRows are where in a table a search finds something, for who draws no screen.
func FindRows(t wire.Table, typed string) (found []int) {
	q := NewQuery(typed)
	for i, row := range t.Rows {
		if len(row.Cells) > 0 && q.Matches(&wire.Row{}, strings.ToLower(row.Cells[0])) {
			found = append(found, i)
		}
	}
	return found
}

// RowSays is a row of a table in words: its name, then each title with its cell, then what
// else is said of it.
func RowSays(titles []string, row wire.TableRow) string {
	var said []string
	for i, cell := range row.Cells {
		switch cell = strings.TrimSuffix(clean(cell), " !"); {
		case cell == "-":
		case i == 0 || i >= len(titles):
			said = append(said, cell)
		default:
			said = append(said, strings.ToLower(clean(titles[i]))+" "+cell)
		}
	}
	return strings.Join(said, ", ")
}
