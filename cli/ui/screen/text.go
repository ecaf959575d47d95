package screen

import (
	"fmt"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/vault/shown"
)

// clean is text from anywhere, fit for a line.
func clean(text string) string { return shown.Line(text, 4<<10) }

// cut is a text of at most so many cells, cut at its end.
func cut(text string, most int) string {
	if style.Width(text) <= most {
		return text
	}
	if most < 1 {
		return ""
	}
	head, _ := style.Cut(text, most-1)
	if style.Width(head) > most-1 {
		return "…"
	}
	return head + "…"
}

// middle is a text of at most so many cells, cut in its middle.
func middle(text string, most int) string {
	if style.Width(text) <= most {
		return text
	}
	if most < 3 {
		return cut(text, most)
	}
	runes := []rune(text)
	head := cut(text, most/2+1)
	left, from := most-style.Width(head), len(runes)
	for from > 0 && left >= style.RuneWidth(runes[from-1]) {
		from--
		left -= style.RuneWidth(runes[from])
	}
	return head + string(runes[from:])
}

// pad fills a text up to so many cells.
func pad(text string, cells int) string {
	return text + strings.Repeat(" ", max(0, cells-style.Width(text)))
}

// padLeft does so at its beginning.
func padLeft(text string, cells int) string {
	return strings.Repeat(" ", max(0, cells-style.Width(text))) + text
}

// Emptied is what empties so many rows of a terminal, one by one, and goes to the first.
func Emptied(rows int) string {
	text := ""
	for row := range rows {
		text += fmt.Sprintf("\x1b[%d;1H\x1b[2K", row+1)
	}
	return text + "\x1b[H"
}

// TakenAway is what takes away a screen of so many rows that a process has drawn, and
// cannot take away in its own way: marks and modes that it has set, each row, the screen.
func TakenAway(rows int) string {
	return "\x1b[0m\x1b[>4m\x1b[<1u\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?2026l\x1b[r" + Emptied(rows) + "\x1b[?7h\x1b[?25h\x1b[?1049l"
}

const day = 24 * time.Hour

// age is how long ago something was.
func age(at int64, now time.Time) string {
	if at == 0 {
		return "-"
	}
	return span(now.Sub(time.Unix(at, 0)))
}

// span is a time in its largest unit.
func span(d time.Duration) string {
	if d < 0 {
		return "ahead"
	}
	return shown.Span(d)
}

// expiry is when something expires; "!" where that is soon, or was.
func expiry(at int64, now time.Time) string {
	left := time.Unix(at, 0).Sub(now)
	switch {
	case at == 0:
		return "-"
	case left <= 0:
		return "expired " + span(-left) + " !"
	case urgent(at, now):
		return "in " + span(left) + " !"
	}
	return "in " + span(left)
}

// Soon is how long before its end a secret wants attention.
const Soon = 7 * day

// urgent tells whether something has expired, or will soon.
func urgent(at int64, now time.Time) bool { return at != 0 && time.Unix(at, 0).Sub(now) <= Soon }

// count is "1 name", "2 names".
func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
