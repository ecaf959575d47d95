package curtain

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A screen is what a terminal shows of what is sent: the little that pages use.
type screen struct {
	rows   [][]rune
	x, y   int
	scroll int // newlines in the last row
}

func newScreen(columns, rows int) *screen {
	s := &screen{}
	for range rows {
		s.rows = append(s.rows, []rune(strings.Repeat(" ", columns)))
	}
	return s
}

func (s *screen) Write(b []byte) (int, error) {
	text := []rune(string(b))
	for i := 0; i < len(text); i++ {
		switch r := text[i]; {
		case r == 0x1b:
			end := i + 2
			for text[end] < '@' || text[end] > '~' {
				end++
			}
			s.obey(string(text[i+2:end]), text[end])
			i = end
		case r == '\n':
			s.scroll++
		case s.x < len(s.rows[s.y]):
			s.rows[s.y][s.x] = r
			s.x++
		}
	}
	return len(b), nil
}

func (s *screen) obey(arguments string, what rune) {
	switch what {
	case 'H':
		s.x, s.y = 0, 0
		if row, _, ok := strings.Cut(arguments, ";"); ok {
			for _, d := range row {
				s.y = s.y*10 + int(d-'0')
			}
			s.y--
		}
	case 'K':
		for i := range s.rows[s.y] {
			s.rows[s.y][i] = ' '
		}
	}
}

func (s *screen) String() string {
	text := ""
	for _, row := range s.rows {
		text += strings.TrimRight(string(row), " ") + "\n"
	}
	return text
}

func drawn(t *testing.T, scene Scene, columns, rows int) string {
	t.Helper()
	p, s := newPage(columns, rows), newScreen(columns, rows)
	p.begin()
	scene.Draw(p, time.Time{})
	if len(p.buf) > cap(p.buf)-100 {
		t.Error("the buffer is full")
	}
	if err := p.send(s); err != nil || s.scroll > 0 {
		t.Errorf("%v, scrolled %d times", err, s.scroll)
	}
	return "\n" + s.String()
}

// What a terminal would obey is shown, and never sent.
func TestText(t *testing.T) {
	value := []byte("one\tx\x1b[2J\r\n\xffé\u202e漢\nlast line that is wrapped")
	text := &Text{Title: "A, version 1", Value: value}
	if got, want := drawn(t, text, 20, 8), `
 A, version 1

   one^Ix^[[2J^M
   \xffé\u202e漢
   last line that is
    wrapped


`; got != want {
		t.Error(got)
	}
	text.Press('l', "")
	if got, want := drawn(t, text, 30, 6), `
 A, version 1

      1  one^Ix^[[2J^M
      2  \xffé\u202e漢
      3  last line that is wra

`; got != want {
		t.Error(got)
	}
	if foot, _ := text.Foot(time.Time{}); !strings.Contains(foot, "space more") {
		t.Error(foot)
	}
	text.Press(' ', "")
	if got, want := drawn(t, text, 30, 6), `
 A, version 1

         pped



`; got != want {
		t.Error(got)
	}
	text.Press('w', "")
	if got, want := drawn(t, text, 70, 5), `
 A, version 1

   000000  6f 6e 65 09 78 1b 5b 32 4a 0d 0a ff c3 a9 e2 80
   000010  ae e6 bc a2 0a 6c 61 73 74 20 6c 69 6e 65 20 74

`; got != want {
		t.Error(got)
	}
	for _, key := range []string{"x", "\x03", "\x1a", "q", "\r"} {
		if text.Press(key[0], "") {
			t.Errorf("%q takes nothing away", key)
		}
	}
}

// Pages take a value from its beginning to its end, and back; however small the terminal.
func TestPages(t *testing.T) {
	value := []byte(strings.Repeat("0123456789\n", 99) + "\xf0\x9f")
	for _, size := range [][2]int{{80, 24}, {10, 5}, {4, 4}, {1, 3}} {
		text := &Text{Value: value}
		pages := 0
		for {
			drawn(t, text, size[0], size[1])
			pages++
			if text.bottom == len(value) || pages > 20_000 || size[1] < 4 {
				break
			}
			text.Press(Escape, "[6~")
		}
		if size[1] >= 4 && text.bottom != len(value) {
			t.Errorf("%v: the end was not reached", size)
		}
		for range pages {
			text.Press(Escape, "[5~")
		}
		if text.top != 0 {
			t.Errorf("%v: the beginning was not reached", size)
		}
	}
}

// Taken away, each cell is a blank, also those that the terminal has gained, and the
// buffer is empty.
func TestErase(t *testing.T) {
	p := newPage(20, 6)
	s := newScreen(30, 9)
	p.begin()
	(&Text{Title: "A", Value: []byte("canary")}).Draw(p, time.Time{})
	_ = p.send(s)
	if !strings.Contains(s.String(), "canary") {
		t.Fatal("nothing was drawn")
	}
	whole := p.buf[:cap(p.buf)]
	p.erase(s, 30, 9)
	if strings.TrimSpace(s.String()) != "" || s.scroll > 0 || bytes.ContainsFunc(whole, func(r rune) bool { return r != 0 }) {
		t.Errorf("%q", s)
	}
	var sent bytes.Buffer
	p.erase(&sent, 30, 9)
	if strings.Contains(sent.String(), "3J") || strings.Contains(sent.String(), "\n") || !strings.HasSuffix(sent.String(), leave) {
		t.Errorf("%q", sent.String())
	}
}

// Whatever is in a value, no byte that a terminal obeys is drawn of it.
func FuzzText(f *testing.F) {
	f.Add([]byte("a\x1b]0;title\x07\n\u009b\u202e\xff"), 20, 5, false)
	f.Add([]byte("漢\u0301"), 1, 1, true)
	f.Fuzz(func(t *testing.T, value []byte, columns, rows int, dump bool) {
		columns, rows = 1+(columns&0xff), 1+(rows&0x3f)
		p := newPage(columns, rows)
		p.begin()
		text := &Text{Value: value, dump: dump}
		text.Draw(p, time.Time{})
		bare := bytes.ReplaceAll(p.buf, []byte("\x1b[2K"), nil)
		for row := range rows + 1 {
			bare = bytes.ReplaceAll(bare, fmtRow(row), nil)
		}
		if bytes.ContainsFunc(bare, func(r rune) bool { return r < ' ' || r == 0x7f || obeyed(r) }) {
			t.Errorf("%q", bare)
		}
	})
}

func fmtRow(row int) []byte { return fmt.Appendf(nil, "\x1b[%d;1H", row) }
