package curtain

import (
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/cli/style"
)

// What is sent before a page and behind it. Without wrapping, a line that is too long for
// a terminal that was made smaller does not scroll it.
const (
	enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J"
	leave = "\x1b[H\x1b[2J\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// bytesPerCell is how much of the buffer a cell takes at most: a character of four bytes,
// with a mark on it, and a share of what moves the cursor.
const bytesPerCell = 16

// A Page is what is drawn: rows of cells, from the top. What does not fit is left out.
type Page struct {
	Columns, Rows int

	buf  []byte // of one size for good: growing would leave copies
	row  int    // the one that is being written, from 0
	cell int    // of this row, how many are taken
}

func newPage(columns, rows int) *Page {
	return &Page{Columns: columns, Rows: rows, buf: make([]byte, 0, columns*rows*bytesPerCell+4096)}
}

// put adds bytes to the buffer, and nothing where it is full.
func (p *Page) put(b ...byte) {
	if len(p.buf)+len(b) <= cap(p.buf) {
		p.buf = append(p.buf, b...)
	}
}

func (p *Page) puts(text string) {
	if len(p.buf)+len(text) <= cap(p.buf) {
		p.buf = append(p.buf, text...)
	}
}

// begin begins a page: the rest of the screen is cleared row by row.
func (p *Page) begin() {
	clear(p.buf)
	p.buf, p.row, p.cell = p.buf[:0], -1, 0
	p.Next()
}

// Next goes on in the next row.
func (p *Page) Next() { p.at(p.row + 1) }

// at goes on in a row, which is cleared.
func (p *Page) at(row int) {
	p.row, p.cell = row, 0
	if row < p.Rows {
		p.puts(fmt.Sprintf("\x1b[%d;1H\x1b[2K", row+1))
	}
}

// Full tells whether the last row but the one for the keys is used up.
func (p *Page) Full() bool { return p.row >= p.Rows-1 }

// room tells whether so many cells are left in the row.
func (p *Page) room(cells int) bool { return p.row < p.Rows && p.cell+cells <= p.Columns }

// Words adds text that is no secret, as far as there is room.
func (p *Page) Words(text string) {
	for _, r := range text {
		if n := style.RuneWidth(r); p.room(n) {
			p.puts(string(r))
			p.cell += n
		}
	}
}

// Marks adds what takes no cell: a role's colours.
func (p *Page) Marks(codes string) { p.puts(codes) }

// Secret adds the first character of a value, as a terminal can show it: a control
// character as ^[, what is no text in hexadecimal digits. It tells how many bytes that
// was, 0 where there is no room.
func (p *Page) Secret(value []byte) int {
	r, n := utf8.DecodeRune(value)
	b := value[0]
	switch {
	case r == utf8.RuneError && n == 1:
		return p.escaped(n, '\\', 'x', hex[b>>4], hex[b&15])
	case r < ' ' || r == 0x7f:
		return p.escaped(n, '^', b^0x40)
	case obeyed(r):
		return p.escaped(n, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
	}
	cells := style.RuneWidth(r)
	if !p.room(cells) {
		return 0
	}
	p.put(value[:n]...)
	p.cell += cells
	return n
}

// escaped adds what stands for a character.
func (p *Page) escaped(n int, text ...byte) int {
	if !p.room(len(text)) {
		return 0
	}
	p.put(text...)
	p.cell += len(text)
	return n
}

const hex = "0123456789abcdef"

// obeyed tells of what a terminal obeys, or does not show.
func obeyed(r rune) bool {
	return r >= 0x80 && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

// send writes what was drawn.
func (p *Page) send(w io.Writer) error {
	_, err := w.Write(p.buf)
	return err
}

// erase overwrites each cell with a blank, erases the screen and leaves it, and wipes the
// buffer. columns and rows are what the terminal has by now.
func (p *Page) erase(w io.Writer, columns, rows int) {
	clear(p.buf[:cap(p.buf)])
	p.buf = p.buf[:0]
	blank := make([]byte, max(columns, p.Columns))
	for i := range blank {
		blank[i] = ' '
	}
	for row := range max(rows, p.Rows) {
		fmt.Fprintf(w, "\x1b[%d;1H\x1b[0m%s", row+1, blank)
	}
	_, _ = io.WriteString(w, leave)
}
