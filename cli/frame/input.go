package frame

import (
	"context"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// MaxInput is the longest value that is read: 1 MiB of UTF-16 code units is at
// most 3 MiB of UTF-8, and JSON may come with white space.
const MaxInput = 4 << 20

// ValueOptions say where a value comes from and what it is.
type ValueOptions struct {
	File  string
	As    string
	Exact bool
	lines bool // several, from a terminal
	empty bool // store an empty value
}

func (o *ValueOptions) Flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "file", Usage: "read the value from `FILE`, byte for byte; - is standard input", Destination: &o.File},
		&urfave.StringFlag{Name: "as", Value: "text", Usage: "the kind of the value: `text|json|bytes`", Destination: &o.As},
		&urfave.BoolFlag{Name: "exact", Usage: "keep the newline at the end of a single line from standard input", Destination: &o.Exact},
		&urfave.BoolFlag{Name: "lines", Aliases: []string{"m"}, Usage: "type several lines, up to ^D", Destination: &o.lines},
		AllowEmptyFlag(&o.empty),
	}
}

func AllowEmptyFlag(value *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "allow-empty", Usage: "store an empty value", Destination: value}
}

// EmptyValue refuses to put nothing in the place of something: a command that
// failed writes nothing, too.
func EmptyValue(name string) *failure.Failure {
	return failure.Fault(vault.InvalidValue, "%s: the value is empty; nothing was changed", name).Hinted("--allow-empty, to store an empty value")
}

// NoValueHere explains a value on the command line. It does not repeat it.
func NoValueHere(command string) func() error {
	return func() error {
		f := failure.Usage("%s takes no value on the command line: ps and the shell's history would show it", command)
		return f.Hinted("{tacit %s NAME} and type it, or: some-command | {tacit %s NAME}, or: {tacit %s NAME --file FILE}", command, command, command)
	}
}

// Check refuses what no value can be, before anything is read.
func (o ValueOptions) Check() error {
	switch o.As {
	case "text", "json", "bytes":
		return nil
	}
	return failure.Usage("--as takes text, json or bytes, not %s", failure.Printable(o.As)).Hinted("--as json, or --as bytes; text is the default")
}

// ReadValue reads the value from --file, a hidden prompt, or standard input.
func ReadValue(ctx context.Context, s *Session, o ValueOptions, name string) (vault.Value, error) {
	raw, err := readRawValue(ctx, s, o, name)
	if err != nil {
		return vault.Value{}, err
	}
	defer clear(raw)
	if len(raw) == 0 && !o.empty {
		return vault.Value{}, EmptyValue(name)
	}
	switch o.As {
	case "json":
		v, err := vault.JSON(raw)
		if err != nil {
			return v, failure.Fault(vault.InvalidValue, "%s: %v", name, err).Hinted("a JSON string needs its quotes; --as text keeps anything readable as it is")
		}
		return v, nil
	case "bytes":
		return vault.Bytes(raw), nil
	}
	if !utf8.Valid(raw) {
		return vault.Value{}, failure.Fault(vault.InvalidValue, "%s: the value is no text: it is not UTF-8", name).Hinted("--as bytes keeps it byte for byte")
	}
	return vault.TextOf(raw), nil
}

func readRawValue(ctx context.Context, s *Session, o ValueOptions, name string) ([]byte, error) {
	switch {
	case o.File != "" && o.File != "-":
		raw, err := readValueFile(ctx, name, o.File)
		if err == nil && !ReadableAgain(o.File) {
			s.consume(nil, true)
		}
		return raw, err
	case o.File == "" && terminal.IsTerminal(s.In):
		return readTypedValue(ctx, s, o, name)
	}
	raw, err := readLimited(ctx, s.In, name)
	s.consume(raw, err != nil)
	if err == nil && !o.Exact && o.As == "text" {
		raw = terminal.TrimLine(raw)
	}
	return raw, err
}

func readTypedValue(ctx context.Context, s *Session, o ValueOptions, name string) ([]byte, error) {
	tty, ok := s.Terminal()
	if !ok {
		return nil, failure.Usage("there is no value for %s, and nobody may be asked for it", name).Hinted("some-command | {tacit %s %s}, or --file FILE", s.verb(), name)
	}
	defer tty.Close()
	question := "Value of " + name + ": "
	if o.lines {
		question = "Value of " + name + ", several lines; ^D in a new line ends it:\n"
	}
	s.Settle()
	raw, err := terminal.AskValue(ctx, tty, question, o.lines)
	s.consume(raw, err != nil || len(terminal.TrimLine(raw)) != len(raw))
	if f := (*failure.Failure)(nil); errors.As(err, &f) && f.Code == terminal.SeveralLines {
		return nil, f.Hinted("{tacit %s %s --lines} takes them here, after its question; or some-command | {tacit %[1]s %[2]s}, or --file FILE", s.verb(), name)
	}
	return raw, err
}

func readValueFile(ctx context.Context, name, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, failure.FileError("reading", path, err)
	}
	defer f.Close()
	raw, err := readLimited(ctx, f, name)
	if err != nil && ctx.Err() == nil && failure.Explain(err).Code == "failed" {
		return nil, failure.FileError("reading", path, err)
	}
	return raw, err
}

// readLimited reads all of r, up to the longest value that there is. It can be
// interrupted while it waits.
func readLimited(ctx context.Context, r io.Reader, name string) ([]byte, error) {
	raw, err := terminal.ReadUpTo(ctx, r, MaxInput+1)
	switch {
	case ctx.Err() != nil && err != nil:
		return nil, err
	case err != nil:
		return nil, failure.Explain(failure.UnwrapPath(err)).Prefixed("reading the value of " + name)
	case len(raw) > MaxInput:
		return nil, failure.Fault(vault.InvalidValue, "%s: the value is larger than %d MiB", name, MaxInput>>20).Hinted("a vault keeps secrets; encrypt a file with age, and keep its key here")
	}
	return raw, nil
}
