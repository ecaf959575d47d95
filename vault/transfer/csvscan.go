package transfer

import (
	"io"
	"strings"
)

// maxColumns is how many columns a CSV file may have.
const maxColumns = 256

// table reads CSV as RFC 4180 has it: fields with commas between them, rows
// with a newline (LF or CR LF) after each. A field in double quotes may hold
// commas, newlines, and quotes as two quotes; outside of quotes there are none.
// What stands in quotes is kept byte for byte, CR LF too, which is why
// encoding/csv is not used: it makes LF of it. Lines without anything are passed
// over. Every row has as many fields as the first.
type table struct {
	rest    string
	line    int
	columns int // 0 before the first row
}

func newTable(r io.Reader) (*table, error) {
	data, err := readAll(r)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	return &table{rest: string(data), line: 1}, nil
}

// row takes a row and gives the line on which it begins; nil at the end.
func (t *table) row() ([]string, int, error) {
	for strings.HasPrefix(t.rest, "\n") || strings.HasPrefix(t.rest, "\r\n") {
		t.rest = t.rest[strings.IndexByte(t.rest, '\n')+1:]
		t.line++
	}
	if t.rest == "" {
		return nil, t.line, nil
	}
	line := t.line
	row := make([]string, 0, t.columns)
	for more := true; more; {
		if len(row) == maxColumns {
			return nil, line, fail(ErrLimit, line, "more than %d columns", maxColumns)
		}
		var cell string
		var err error
		if cell, more, err = t.cell(); err != nil {
			return nil, line, err
		}
		row = append(row, cell)
	}
	if t.columns != 0 && len(row) != t.columns {
		return nil, line, fail(ErrSyntax, line, "%d columns, where the first line has %d", len(row), t.columns)
	}
	t.columns = len(row)
	return row, line, nil
}

// cell takes a field and what ends it; more tells that this was a comma.
func (t *table) cell() (cell string, more bool, err error) {
	if strings.HasPrefix(t.rest, `"`) {
		if cell, err = t.quoted(); err != nil {
			return "", false, err
		}
	} else {
		end := strings.IndexAny(t.rest, ",\n")
		if end < 0 {
			end = len(t.rest)
		}
		cell, t.rest = t.rest[:end], t.rest[end:]
		if strings.HasPrefix(t.rest, "\n") && strings.HasSuffix(cell, "\r") {
			cell = cell[:len(cell)-1]
		}
		if strings.Contains(cell, `"`) {
			return "", false, fail(ErrSyntax, t.line, "a quote in a field without quotes around it")
		}
	}
	switch {
	case t.rest == "":
		return cell, false, nil
	case t.rest[0] == ',':
		t.rest = t.rest[1:]
		return cell, true, nil
	case t.rest[0] == '\n', strings.HasPrefix(t.rest, "\r\n"):
		t.rest = t.rest[strings.IndexByte(t.rest, '\n')+1:]
		t.line++
		return cell, false, nil
	}
	return "", false, fail(ErrSyntax, t.line, "only a comma or a new line may follow a closing quote")
}

func (t *table) quoted() (string, error) {
	line := t.line
	body := t.rest[1:]
	var b strings.Builder
	for {
		end := strings.IndexByte(body, '"')
		if end < 0 {
			return "", fail(ErrSyntax, line, "a quote that is never closed")
		}
		b.WriteString(body[:end])
		t.line += strings.Count(body[:end], "\n")
		body = body[end+1:]
		if !strings.HasPrefix(body, `"`) {
			t.rest = body
			return b.String(), nil
		}
		b.WriteByte('"')
		body = body[1:]
	}
}
