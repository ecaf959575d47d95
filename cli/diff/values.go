package diff

import (
	"bytes"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// withValues is what differs with the values: lines of the older one behind "- ", of the
// newer one behind "+ ", of both behind "  ". The caller wipes it, up to its capacity.
func (c comparison) withValues(from, to vault.Secret) []byte {
	old, news := from.Value.Reveal(), to.Value.Reveal()
	lines := 2 + bytes.Count(old, []byte("\n")) + bytes.Count(news, []byte("\n"))
	head := c.lines(frame.Day)
	size := len(old) + len(news) + 4*lines
	for _, line := range head {
		size += len(line) + 1
	}
	text := make([]byte, 0, size) // of one size: growing would leave copies
	for _, line := range head {
		text = append(append(text, line...), '\n')
	}
	if !utf8.Valid(old) || !utf8.Valid(news) {
		return section(section(text, "- ", old), "+ ", news)
	}
	before, after := shared(old, news)
	text = section(text, "  ", old[:before])
	text = section(text, "- ", old[before:len(old)-after])
	text = section(text, "+ ", news[before:len(news)-after])
	return section(text, "  ", old[len(old)-after:])
}

// section adds the lines of a text behind a mark.
func section(text []byte, mark string, lines []byte) []byte {
	for line := range bytes.Lines(lines) {
		text = append(append(text, mark...), line...)
		if line[len(line)-1] != '\n' {
			text = append(text, '\n')
		}
	}
	return text
}

// shared is how many bytes of whole lines two texts have in common, at the beginning and
// at the end.
func shared(a, b []byte) (before, after int) {
	for i := 0; i < min(len(a), len(b)) && a[i] == b[i]; i++ {
		if a[i] == '\n' {
			before = i + 1
		}
	}
	if bytes.Equal(a, b) {
		return len(a), 0
	}
	for i := 1; i <= min(len(a), len(b))-before; i++ {
		if a[len(a)-i] != b[len(b)-i] {
			break
		}
		startsLine := func(t []byte) bool { return len(t) == i || t[len(t)-i-1] == '\n' }
		if startsLine(a) && startsLine(b) {
			after = i
		}
	}
	return before, after
}
