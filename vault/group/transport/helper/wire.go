package helper

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/shown"
)

const (
	greeting = "tacit-helper 1"
	// maxLine is how many bytes a line has at most, with its newline.
	maxLine = 16 << 10
	// MaxPrefixes is for how many prefixes can be waited at a time.
	MaxPrefixes = 128
	// maxText is how many bytes of an error are passed on.
	maxText = 400
	// maxKeys is how many bytes a list of keys has at most.
	maxKeys = transport.MaxList * (maxKey + 1)
	maxKey  = 96
	// maxOpen is how many requests may be under way.
	maxOpen = 64
)

// ErrProtocol means that the other side did not keep to the protocol.
var ErrProtocol = errors.New("the helper and tacit do not understand each other")

// verbs are the requests.
const (
	verbOpen = "open"
	verbPut  = "put"
	verbGet  = "get"
	verbList = "list"
	verbDel  = "del"
	verbWait = "wait"
	verbStop = "stop"
)

// request is one line from tacit, and what follows it.
type request struct {
	verb  string
	id    uint64
	words []string // address; key; prefix and after; prefixes
	data  []byte
	old   []byte // nil: the key has to be free
}

// answer is one line from the helper, and what follows it.
type answer struct {
	word string // ok, none, taken, error
	id   uint64
	data []byte
	err  error // of the word error
}

const (
	wordOK    = "ok"
	wordNone  = "none"
	wordTaken = "taken"
	wordError = "error"
)

// A cause is the word for an error.
type cause struct {
	word string
	err  error
}

// causes are made when they are asked for: most programs never see one.
func causes() []cause {
	return []cause{
		{"unreachable", transport.ErrUnreachable},
		{"denied", transport.ErrDenied},
		{"setup", transport.ErrSetup},
		{"key", transport.ErrKey},
		{"size", transport.ErrSize},
		{"full", transport.ErrFull},
		{"closed", transport.ErrClosed},
		{"delete", transport.ErrNoDelete},
		{"stopped", context.Canceled},
		{"failed", errFailed},
	}
}

// errFailed is any other error.
var errFailed = errors.New("the helper failed")

// remote is an error of the other side.
type remote struct {
	as   error
	text string
}

func (e *remote) Error() string { return e.text }
func (e *remote) Unwrap() error { return e.as }

// readLine reads a line and splits it. io.EOF: there is none.
func readLine(r *bufio.Reader) ([]string, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF) && len(line) == 0:
		return nil, io.EOF
	case errors.Is(err, io.EOF):
		return nil, io.ErrUnexpectedEOF
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, maxLine)
	case err != nil:
		return nil, err
	}
	words := strings.Split(string(line[:len(line)-1]), " ")
	for _, w := range words {
		if w == "" || strings.ContainsFunc(w, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return nil, fmt.Errorf("%w: %s", ErrProtocol, shown.Quoted(string(line), 80))
		}
	}
	return words, nil
}

// readBytes reads what follows a line.
func readBytes(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, errors.Join(io.ErrUnexpectedEOF, err)
	}
	return b, nil
}

// parseNumber takes only what strconv.FormatUint gives, up to most.
func parseNumber(s string, most uint64) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > most || strconv.FormatUint(n, 10) != s {
		return 0, fmt.Errorf("%w: number %s", ErrProtocol, shown.Quoted(s, 40))
	}
	return n, nil
}

// word is a text as a word, and text is the other way round.
func word(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func text(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

const anyNumber = 1<<64 - 1

// readRequest reads a request and what follows it. Keys are for the transport to check.
func readRequest(r *bufio.Reader) (q request, err error) {
	words, err := readLine(r)
	if err != nil {
		return q, err
	}
	if len(words) < 2 {
		return q, fmt.Errorf("%w: %s", ErrProtocol, shown.Quoted(words[0], 80))
	}
	q.verb, q.words = words[0], words[2:]
	if q.id, err = parseNumber(words[1], anyNumber); err != nil {
		return q, err
	}
	count := map[string]int{verbOpen: 1, verbPut: 3, verbGet: 1, verbList: 2, verbDel: 1, verbStop: 0}
	want, known := count[q.verb]
	switch {
	case q.verb == verbWait && len(q.words) <= MaxPrefixes:
	case !known || len(q.words) != want:
		return q, fmt.Errorf("%w: %s with %d words", ErrProtocol, shown.Quoted(q.verb, 40), len(q.words))
	}
	if q.verb == verbPut {
		err = q.readData(r)
	}
	for i := range q.words {
		q.words[i] = text(q.words[i])
	}
	return q, err
}

// readData reads what follows the line of a put.
func (q *request) readData(r io.Reader) error {
	length, err := parseNumber(q.words[1], transport.MaxData)
	if err != nil {
		return err
	}
	oldLength, err := parseNumber(q.words[2], transport.MaxData)
	if err != nil {
		return err
	}
	if q.data, err = readBytes(r, int(length)); err != nil {
		return err
	}
	if oldLength > 0 {
		if q.old, err = readBytes(r, int(oldLength)); err != nil {
			return err
		}
	}
	q.words = q.words[:1]
	return nil
}

// write writes a request.
func (q request) write(w *bufio.Writer) error {
	fmt.Fprintf(w, "%s %d", q.verb, q.id)
	for _, s := range q.words {
		w.WriteByte(' ')
		w.WriteString(word(s))
	}
	if q.verb == verbPut {
		fmt.Fprintf(w, " %d %d", len(q.data), len(q.old))
	}
	w.WriteByte('\n')
	w.Write(q.data)
	w.Write(q.old)
	return w.Flush()
}

// readAnswer reads an answer and what follows it. limit says how many bytes may follow
// the answer to a request, and whether there is such a request.
func readAnswer(r *bufio.Reader, limit func(id uint64) (most int, open bool)) (a answer, err error) {
	words, err := readLine(r)
	if err != nil {
		return a, err
	}
	if len(words) < 2 {
		return a, fmt.Errorf("%w: %s", ErrProtocol, shown.Quoted(words[0], 80))
	}
	a.word = words[0]
	if a.id, err = parseNumber(words[1], anyNumber); err != nil {
		return a, err
	}
	most, open := limit(a.id)
	if !open {
		return a, fmt.Errorf("%w: an answer to what was not asked", ErrProtocol)
	}
	switch rest := words[2:]; {
	case a.word == wordOK && len(rest) == 1:
		var n uint64
		if n, err = parseNumber(rest[0], uint64(most)); err == nil {
			a.data, err = readBytes(r, int(n))
		}
	case (a.word == wordNone || a.word == wordTaken) && len(rest) == 0:
	case a.word == wordError && len(rest) >= 2:
		a.err, err = parseError(rest)
	default:
		err = fmt.Errorf("%w: answer %s with %d words", ErrProtocol, shown.Quoted(a.word, 40), len(rest))
	}
	return a, err
}

func parseError(words []string) (as, err error) {
	for _, c := range causes() {
		if c.word == words[0] {
			return &remote{c.err, shown.Line(strings.Join(words[1:], " "), maxText)}, nil
		}
	}
	return nil, fmt.Errorf("%w: error %s", ErrProtocol, shown.Quoted(words[0], 40))
}

// write writes an answer.
func (a answer) write(w *bufio.Writer) error {
	switch a.word {
	case wordOK:
		fmt.Fprintf(w, "%s %d %d\n", a.word, a.id, len(a.data))
		w.Write(a.data)
	case wordError:
		cause, said := spell(a.err)
		fmt.Fprintf(w, "%s %d %s %s\n", a.word, a.id, cause, said)
	default:
		fmt.Fprintf(w, "%s %d\n", a.word, a.id)
	}
	return w.Flush()
}

// spell is an error as a word and a text of one line.
func spell(err error) (cause, said string) {
	cause = "failed"
	for _, c := range causes() {
		if errors.Is(err, c.err) {
			cause = c.word
			break
		}
	}
	said = strings.Join(strings.Fields(shown.Line(err.Error(), maxText)), " ")
	return cause, word(said)
}
