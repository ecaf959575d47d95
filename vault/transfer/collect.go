package transfer

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/textfile"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/shown"
)

// readAll returns the whole input without a byte order mark, as UTF-8; UTF-16 is
// read by its mark.
func readAll(r io.Reader) ([]byte, error) {
	if size, ok := sizeOf(r); ok && size > maxFile {
		return nil, tooLarge()
	}
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		clear(data)
		return nil, fmt.Errorf("reading: %w", err)
	}
	if len(data) > maxFile {
		clear(data)
		return nil, tooLarge()
	}
	text, err := textfile.UTF8(data)
	if err != nil {
		clear(data)
		return nil, fail(ErrSyntax, 0, "the file is %v", err)
	}
	if textfile.IsUTF16(data) {
		clear(data) // text is a copy
	}
	if err := checkText(text); err != nil {
		clear(text)
		return nil, err
	}
	return text, nil
}

// sizeOf is how many bytes a file has that has not been read from, so that one
// that is too large costs nothing.
func sizeOf(r io.Reader) (int64, bool) {
	f, ok := r.(*os.File)
	if !ok {
		return 0, false
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	at, err := f.Seek(0, io.SeekCurrent)
	return info.Size(), err == nil && at == 0
}

func tooLarge() *Error {
	return fail(ErrLimit, 0, "the file is over the limit of %d MiB", maxFile>>20)
}

func checkText(data []byte) error {
	switch {
	case len(data) > maxFile:
		return tooLarge()
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return fail(ErrSyntax, 0, "the file is UTF-16, it must be UTF-8")
	case len(data) > 1 && (data[0] == 0) != (data[1] == 0):
		return fail(ErrSyntax, 0, "the file is UTF-16 without a byte order mark, it must be UTF-8")
	case utf8.Valid(data):
		return nil
	}
	line := 1
	for l := range bytes.Lines(data) {
		if !utf8.Valid(l) {
			break
		}
		line++
	}
	return fail(ErrSyntax, line, "the file must be UTF-8")
}

// collector gathers items under the rules that all formats share.
type collector struct {
	result  Result
	seen    map[string]origin
	foreign bool // names are not ours yet
	twice   Twice
}

// origin is where a name came from: a path in nested objects, or the name
// itself, and a line.
type origin struct {
	path string
	line int
}

func (c *collector) add(name string, v vault.Value, from origin) error {
	if err := c.check(name, from.line); err != nil {
		return err
	}
	if first, ok := c.seen[name]; ok {
		return c.again(name, v, first, from)
	}
	if err := checkValue(name, v, from.line); err != nil {
		return err
	}
	if len(c.result.Items) == maxItems {
		return fail(ErrLimit, from.line, "more than %d secrets", maxItems)
	}
	if c.seen == nil {
		c.seen = make(map[string]origin)
	}
	c.seen[name] = from
	item := Item{Name: name, Value: v, Line: from.line}
	if from.path != name {
		item.From = from.path
	}
	c.result.Items = append(c.result.Items, item)
	return nil
}

// again is a name that is there already.
func (c *collector) again(name string, v vault.Value, first, from origin) error {
	switch c.twice {
	case TwiceFirst:
		v.Wipe()
		return nil
	case TwiceLast:
		for i, item := range c.result.Items {
			if item.Name == name {
				item.Value.Wipe()
				c.result.Items[i].Value, c.result.Items[i].Line = v, from.line
			}
		}
		return checkValue(name, v, from.line)
	}
	return duplicate(name, first, from)
}

// check refuses a name that no secret can have or, of foreign names, one that
// none can come of.
func (c *collector) check(name string, line int) error {
	if !c.foreign {
		return checkName(name, line)
	}
	if len(name) > maxForeign {
		return fail(ErrName, line, "the name %s is longer than %d bytes", printable(name), maxForeign)
	}
	return nil
}

func duplicate(name string, first, second origin) error {
	if first.path == second.path {
		e := fail(ErrDuplicate, second.line, "%s is there twice, first in line %d", bare(name), first.line)
		e.Same = true
		return e
	}
	return fail(ErrDuplicate, second.line, "%s becomes %s, and so does %s in line %d",
		printable(second.path), bare(name), printable(first.path), first.line)
}

func checkName(name string, line int) error {
	if crypto.CheckName(name) == nil {
		return nil
	}
	return fail(ErrName, line, "%s is no name: 1 to %d of the characters A-Z a-z 0-9 _ and -", printable(name), crypto.MaxName)
}

func checkValue(name string, v vault.Value, line int) error {
	if err := v.Validate(); err != nil {
		return fail(ErrValue, line, "%s: %v", bare(name), err)
	}
	if n := v.Units(); n > maxValue {
		return fail(ErrLimit, line, "%s is %d characters long, over the limit of %d", bare(name), n, maxValue)
	}
	return nil
}

// fromJSON is vault.FromJSON with an error that says where.
func fromJSON(raw []byte, name string, line int) (vault.Value, error) {
	v, err := vault.FromJSON(raw, true)
	if err != nil {
		return v, fail(ErrValue, line, "%s: %v", bare(name), err)
	}
	return v, nil
}

// bare is a name that a secret can have as it is, any other in quotes.
func bare(name string) string {
	if crypto.CheckName(name) == nil {
		return name
	}
	return printable(name)
}

// printable quotes the beginning of a name that may be anything.
func printable(name string) string { return shown.Quoted(name, 60) }
