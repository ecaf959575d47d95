package terminal

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/cli/failure"
)

// Keys, as terminals send them.
const (
	keyInterrupt = 0x03 // ^C
	keyEnd       = 0x04 // ^D
	keyQuit      = 0x1c // ^\
	keySuspend   = 0x1a // ^Z
	keyEscape    = 0x1b
)

// The marks around a paste, on a terminal that was asked for them.
const (
	pasteBegin = "[200~"
	pasteEnd   = "[201~"
)

// maxSequence is the longest escape sequence that is looked at, in bytes.
const maxSequence = 32

// A typing is a hidden answer while it is typed: a line that can be edited
// without being seen. It takes what the terminal sends byte by byte. What would
// be neither text nor edit spoils the answer: it is refused when it ends, because
// nobody could see what of it was kept.
type typing struct {
	lines bool // several lines, up to ^D

	text     []byte
	cursor   int    // where the next character goes
	sequence []byte // an escape sequence under way, from behind its ESC; nil: none
	pasting  bool
	last     byte   // the byte before
	byEnd    bool   // ^D ended the answer
	spoiled  string // why the answer is refused; "" where it is not
}

// What one byte does.
type stroke int

const (
	goesOn  stroke = iota
	rings          // it means nothing here: the user is told
	pasted         // a paste is complete
	ends           // the answer is complete
	leaves         // the end of the input, and nothing was typed
	breaks         // an interrupt
	suspend        // the process is to stop
)

// newTyping has room for a long line from the start: each time it grows, what
// was typed has to be wiped.
func newTyping(lines bool) *typing { return &typing{lines: lines, text: make([]byte, 0, 16<<10)} }

func (t *typing) take(b byte) stroke {
	before := t.last
	t.last = b
	switch {
	case t.sequence != nil:
		return t.escape(b)
	case b == keyEscape:
		t.sequence = make([]byte, 0, maxSequence)
		return goesOn
	case t.pasting:
		return t.paste(b, before)
	}
	return t.key(b, before)
}

// key takes what is not in a paste.
func (t *typing) key(b, before byte) stroke {
	switch b {
	case '\r', '\n':
		if !t.lines {
			return ends
		}
		return t.newline(b, before)
	case keyEnd:
		return t.end(before)
	case keyInterrupt, keyQuit:
		return breaks
	case keySuspend:
		return suspend
	case '\b', 0x7f:
		t.erase(t.cursor-t.left(), t.cursor)
	case 0x15: // ^U
		t.erase(t.lineStart(), t.cursor)
		if len(t.text) == 0 {
			t.spoiled = ""
		}
	case 0x17: // ^W
		t.erase(t.wordStart(), t.cursor)
	case 0x0b: // ^K
		t.erase(t.cursor, t.lineEnd())
	case 0x01: // ^A
		t.cursor = t.lineStart()
	case 0x05: // ^E
		t.cursor = t.lineEnd()
	case 0x02: // ^B
		t.cursor -= t.left()
	case 0x06: // ^F
		t.cursor += t.right()
	default:
		if b < ' ' {
			return t.spoil(fmt.Sprintf("the key ^%c", b^0x40))
		}
		t.insert(b)
	}
	return goesOn
}

// end is ^D: at the beginning of a line the end, elsewhere at the second time, as
// a terminal has it.
func (t *typing) end(before byte) stroke {
	switch {
	case len(t.text) == 0 && t.spoiled == "":
		return leaves
	case before == keyEnd, t.lines && t.cursor == len(t.text) && bytes.HasSuffix(t.text, []byte("\n")):
		t.byEnd = true
		return ends
	}
	return goesOn
}

// paste takes what is between the marks of a paste: text, and nothing else. Its
// lines end as the terminal likes, which is mostly with a CR.
func (t *typing) paste(b, before byte) stroke {
	switch {
	case b == '\r' || b == '\n':
		return t.newline(b, before)
	case b < ' ' && b != '\t' || b == 0x7f:
		return t.spoil("a control character in what was pasted")
	}
	t.insert(b)
	return goesOn
}

// newline takes CR, LF and CR LF for the end of a line.
func (t *typing) newline(b, before byte) stroke {
	if b == '\n' && before == '\r' {
		return goesOn
	}
	t.insert('\n')
	return goesOn
}

// escape takes the bytes of an escape sequence.
func (t *typing) escape(b byte) stroke {
	t.sequence = append(t.sequence, b)
	s := t.sequence
	switch {
	case len(s) == 1 && (b == '[' || b == 'O'):
		return goesOn
	case len(s) > 1 && s[0] == '[' && (b < '@' || b > '~') && len(s) < maxSequence:
		return goesOn
	}
	t.sequence = nil
	switch string(s) {
	case pasteBegin:
		t.pasting, t.last = true, 0
		return goesOn
	case pasteEnd:
		t.pasting, t.last = false, 0
		return pasted
	}
	if t.pasting {
		return t.spoil("a control character in what was pasted")
	}
	return t.move(string(s))
}

// move is a key that moves the cursor, or one that means nothing.
func (t *typing) move(sequence string) stroke {
	switch sequence {
	case "[D", "OD":
		t.cursor -= t.left()
	case "[C", "OC":
		t.cursor += t.right()
	case "[H", "OH", "[1~", "[7~":
		t.cursor = t.lineStart()
	case "[F", "OF", "[4~", "[8~":
		t.cursor = t.lineEnd()
	case "[3~":
		t.erase(t.cursor, t.cursor+t.right())
	default:
		return t.spoil("a key that is no character")
	}
	return goesOn
}

func (t *typing) spoil(why string) stroke {
	if t.spoiled == "" {
		t.spoiled = why
	}
	return rings
}

// insert puts a byte at the cursor.
func (t *typing) insert(b byte) {
	if len(t.text) >= maxLine {
		t.spoil(fmt.Sprintf("more than %d MiB", maxLine>>20))
		return
	}
	if len(t.text) == cap(t.text) {
		grown := make([]byte, len(t.text), 4*cap(t.text))
		copy(grown, t.text)
		clear(t.text)
		t.text = grown
	}
	t.text = append(t.text, 0)
	copy(t.text[t.cursor+1:], t.text[t.cursor:])
	t.text[t.cursor] = b
	t.cursor++
}

func (t *typing) erase(from, to int) {
	n := from + copy(t.text[from:], t.text[to:])
	clear(t.text[n:])
	t.text = t.text[:n]
	t.cursor = from
}

// left and right are the lengths of the characters beside the cursor.
func (t *typing) left() int {
	_, n := utf8.DecodeLastRune(t.text[:t.cursor])
	return n
}

func (t *typing) right() int {
	_, n := utf8.DecodeRune(t.text[t.cursor:])
	return n
}

func (t *typing) lineStart() int { return bytes.LastIndexByte(t.text[:t.cursor], '\n') + 1 }

func (t *typing) lineEnd() int {
	if n := bytes.IndexByte(t.text[t.cursor:], '\n'); n >= 0 {
		return t.cursor + n
	}
	return len(t.text)
}

// wordStart is where the word before the cursor begins, and no further than the
// line.
func (t *typing) wordStart() int {
	start := t.lineStart()
	word := bytes.TrimRight(t.text[start:t.cursor], " ")
	return start + bytes.LastIndexByte(word, ' ') + 1
}

// answer is what was typed. A newline behind a single line is that of the paste,
// or of the last line; several lines keep all of theirs.
func (t *typing) answer() ([]byte, error) {
	if t.spoiled == "" && bytes.ContainsFunc(t.text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		t.spoiled = "a control character"
	}
	if t.spoiled != "" || t.sequence != nil || t.pasting {
		t.wipe()
		return nil, errSpoiled(t.spoiled)
	}
	return TrimLine(t.text), nil
}

func (t *typing) wipe() { clear(t.text[:cap(t.text)]) }

// newlines is how many lines a paste had, for the user, who sees nothing of it.
func (t *typing) newlines() int { return bytes.Count(t.text, []byte("\n")) }

// errSpoiled refuses an answer that holds what is no text.
func errSpoiled(why string) error {
	if why == "" {
		why = "half of a key"
	}
	f := &failure.Failure{Code: "refused", Exit: failure.ExitInvalid, Message: "what was typed is no text (" + why + "); nothing was changed"}
	return f.Hinted("type it again; what no line can hold comes from a pipe or a file")
}

// SeveralLines is the code of an answer of which only a line was asked for.
const SeveralLines = "several_lines"

// errSeveralLines refuses a paste of several lines on a terminal that does not
// say where a paste begins and ends.
func errSeveralLines() *failure.Failure {
	f := &failure.Failure{Code: SeveralLines, Exit: failure.ExitInvalid, Message: "several lines came at once, and one was asked for; all were dropped, and nothing was changed"}
	return f.Hinted("a pipe or a file takes several lines: some-command | tacit …, or --file FILE, --passphrase-file FILE")
}
