package transfer

import (
	"io"
	"strings"
	"unicode"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// ReadDotenv reads lines of NAME=VALUE, all of them text:
//
//   - White space around names and values, blank lines, lines that begin with
//     "#", and the word "export" before a name do not count.
//   - A value in 'single' or `backtick` quotes is what stands between them. In
//     "double" quotes \n, \r, \t, \", \\, \$ and \` stand for one character
//     each; any other backslash is itself. All three may hold newlines.
//   - A value without quotes goes to the end of its line, or to a "#" after
//     white space. Backslashes in it are themselves. A "#" right after another
//     character, or first, is refused: for some tools it begins a comment, for
//     others it is part of the value.
//   - Where every line ends in CR LF, these are newlines in values too.
//   - Refused, because readers differ: tabs and white space that is no ASCII at
//     either end of a value without quotes; a backslash before a closing quote
//     where the same quote follows on the line; CR without LF outside quotes.
//
// No variables are expanded, a "$" is a "$": a reader that expands them turns
// the password x$1y into xy, and this is why no other dotenv reader is used
// here. Anything that does not fit is an error with its line, and so is a name
// that is there twice.
func ReadDotenv(r io.Reader) (Result, error) { return DotenvReader{}.Read(r) }

// DotenvReader says how the file of somebody else is read.
type DotenvReader struct {
	// Foreign lets names be what no secret can have, for [Naming]: letters, digits,
	// "_", "-" and ".".
	Foreign bool
	// Twice says which of a name that is there twice counts.
	Twice Twice
}

// Twice is what is done with a name that is there twice.
type Twice int

// What can be done with it.
const (
	TwiceRefused Twice = iota
	TwiceFirst
	TwiceLast
)

// Read is [ReadDotenv] as d has it.
func (how DotenvReader) Read(r io.Reader) (Result, error) {
	data, err := readAll(r)
	if err != nil {
		return Result{}, err
	}
	defer clear(data)
	d := dotenv{rest: string(data), line: 1}
	d.foreign, d.twice = how.Foreign, how.Twice
	if n := strings.Count(d.rest, "\n"); n > 0 && n == strings.Count(d.rest, "\r\n") {
		d.rest = strings.ReplaceAll(d.rest, "\r\n", "\n")
	}
	for d.rest != "" {
		if err := d.assignment(); err != nil {
			return Result{}, err
		}
	}
	return d.result, nil
}

const blank = " \t"

// dotenv reads from the front of rest.
type dotenv struct {
	collector
	rest string
	line int
}

// assignment takes a line, or the lines of a value that spans several.
func (d *dotenv) assignment() error {
	line := d.line
	head, _, _ := strings.Cut(d.rest, "\n")
	head = strings.Trim(head, blank+"\r")
	if head == "" || head[0] == '#' {
		d.takeLine()
		return nil
	}
	name, _, ok := strings.Cut(head, "=")
	if !ok {
		return fail(ErrSyntax, line, "neither NAME=VALUE nor a comment")
	}
	name = strings.TrimRight(name, blank)
	if after, ok := strings.CutPrefix(name, "export"); ok && after != "" && strings.IndexByte(blank, after[0]) >= 0 {
		name = strings.TrimLeft(after, blank)
	}
	if err := d.checkLeft(name, line); err != nil {
		return err
	}
	d.rest = d.rest[strings.IndexByte(d.rest, '=')+1:]
	value, err := d.value(name)
	if err != nil {
		return err
	}
	return d.add(name, vault.Text(value), origin{name, line})
}

// checkLeft shows a bad name only where it looks like one: it may as well be a
// line of a key that somebody forgot to quote.
func (d *dotenv) checkLeft(name string, line int) error {
	isName := name != ""
	for _, r := range name {
		isName = isName && (r == '.' || crypto.CheckName(string(r)) == nil || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
	}
	if !isName {
		return fail(ErrSyntax, line, "no name before the \"=\": letters, digits, _, - and . are; what holds a newline needs quotes")
	}
	return d.check(name, line)
}

// takeLine takes what is left of the line, without its end.
func (d *dotenv) takeLine() string {
	line, rest, found := strings.Cut(d.rest, "\n")
	d.rest = rest
	if found {
		d.line++
	}
	return line
}

func (d *dotenv) value(name string) (string, error) {
	trimmed := strings.TrimLeft(d.rest, blank)
	if trimmed != "" && strings.IndexByte("'\"`", trimmed[0]) >= 0 {
		d.rest = trimmed
		return d.quoted(name)
	}
	return d.unquoted(name)
}

func (d *dotenv) unquoted(name string) (string, error) {
	line, commented := d.line, false
	value := d.takeLine()
	for {
		i := strings.IndexByte(value, '#')
		if i < 0 {
			break
		}
		if i == 0 || strings.IndexByte(blank, value[i-1]) < 0 {
			return "", fail(ErrSyntax, line,
				"%s: a \"#\" in a value without quotes begins a comment for some tools and not for others: quote the value", name)
		}
		value, commented = value[:i], true
	}
	trimmed := strings.Trim(strings.TrimRight(value, "\r"), " ")
	if commented {
		trimmed = strings.TrimRight(trimmed, blank)
	}
	value = strings.TrimFunc(trimmed, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
	switch {
	case strings.Contains(trimmed, "\r"):
		return "", fail(ErrSyntax, line, "%s: a carriage return in a value without quotes", name)
	case value == "":
		return "", nil
	case value != trimmed:
		return "", fail(ErrSyntax, line,
			"%s: a tab or other white space around its value belongs to it for some tools and not for others: quote the value", name)
	}
	return value, nil
}

func (d *dotenv) quoted(name string) (string, error) {
	line, quote, body := d.line, d.rest[0], d.rest[1:]
	end := strings.IndexByte(body, quote)
	if quote == '"' {
		end = endOfDouble(body)
	}
	if end < 0 {
		return "", fail(ErrSyntax, line, "%s: its quote is never closed", name)
	}
	value := body[:end]
	d.rest = body[end+1:]
	d.line += strings.Count(value, "\n")
	line = d.line
	tail := strings.Trim(d.takeLine(), blank+"\r")
	if strings.HasSuffix(value, `\`) && strings.IndexByte(tail, quote) >= 0 {
		return "", fail(ErrSyntax, line,
			"%s: a quote after a backslash, and another on the line: for some tools the first closes the value, for others the second", name)
	}
	if tail != "" && tail[0] != '#' {
		return "", fail(ErrSyntax, line, "%s: only a comment may follow the closing quote", name)
	}
	if quote == '"' {
		value = unescape(value)
	}
	return value, nil
}

// endOfDouble is where the closing quote is, -1 if there is none.
func endOfDouble(body string) int {
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// unescape reads what stands in double quotes. A backslash before any other
// character than these is itself, as dotenv for Node has it.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case '"', '\\', '$', '`':
			b.WriteByte(s[i])
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
