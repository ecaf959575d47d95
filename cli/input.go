package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

// maxInput is the longest value that is read: 1 MiB of UTF-16 code units is at
// most 3 MiB of UTF-8, and JSON may come with white space.
const maxInput = 4 << 20

// valueOptions say where a value comes from and what it is.
type valueOptions struct {
	file  string
	as    string
	exact bool
	lines bool // several, from a terminal
	empty bool // store an empty value
}

func (o *valueOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "file", Usage: "read the value from `FILE`, byte for byte; - is standard input", Destination: &o.file},
		&urfave.StringFlag{Name: "as", Value: "text", Usage: "the kind of the value: `text|json|bytes`", Destination: &o.as},
		&urfave.BoolFlag{Name: "exact", Usage: "keep the newline at the end of a single line from standard input", Destination: &o.exact},
		&urfave.BoolFlag{Name: "lines", Aliases: []string{"m"}, Usage: "type several lines, up to ^D", Destination: &o.lines},
		allowEmptyFlag(&o.empty),
	}
}

func allowEmptyFlag(value *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "allow-empty", Usage: "store an empty value", Destination: value}
}

// emptyValue refuses to put nothing in the place of something: a command that
// failed writes nothing, too.
func emptyValue(name string) *failure {
	return fault(vault.InvalidValue, "%s: the value is empty; nothing was changed", name).hinted("--allow-empty, if that is meant")
}

// noValueHere explains a value on the command line. It does not repeat it.
func noValueHere(command string) func() error {
	return func() error {
		f := usage("%s takes no value on the command line: ps and the shell's history would show it", command)
		return f.hinted("tacit %s NAME and type it, or: some-command | tacit %s NAME, or: tacit %s NAME --file FILE", command, command, command)
	}
}

// check refuses what no value can be, before anything is read.
func (o valueOptions) check() error {
	switch o.as {
	case "text", "json", "bytes":
		return nil
	}
	return usage("--as takes text, json or bytes, not %s", printable(o.as)).hinted("--as json, or --as bytes; it is text where nothing is said")
}

// value reads the value from --file, a hidden prompt, or standard input.
func (s *session) value(ctx context.Context, o valueOptions, name string) (vault.Value, error) {
	raw, err := s.rawValue(ctx, o, name)
	if err != nil {
		return vault.Value{}, err
	}
	defer clear(raw)
	if len(raw) == 0 && !o.empty {
		return vault.Value{}, emptyValue(name)
	}
	switch o.as {
	case "json":
		v, err := vault.JSON(raw)
		if err != nil {
			return v, fault(vault.InvalidValue, "%s: %v", name, err).hinted("a JSON string needs its quotes; --as text keeps anything readable as it is")
		}
		return v, nil
	case "bytes":
		return vault.Bytes(raw), nil
	}
	if !utf8.Valid(raw) {
		return vault.Value{}, fault(vault.InvalidValue, "%s: the value is no text: it is not UTF-8", name).hinted("--as bytes keeps it byte for byte")
	}
	return vault.Text(string(raw)), nil
}

func (s *session) rawValue(ctx context.Context, o valueOptions, name string) ([]byte, error) {
	switch {
	case o.file != "" && o.file != "-":
		return readValueFile(ctx, name, o.file)
	case o.file == "" && isTerminal(s.In):
		return s.typedValue(ctx, o, name)
	}
	raw, err := readLimited(ctx, s.In, name)
	if err == nil && !o.exact && o.as == "text" {
		raw = trimLine(raw)
	}
	return raw, err
}

func (s *session) typedValue(ctx context.Context, o valueOptions, name string) ([]byte, error) {
	tty, ok := s.terminal()
	if !ok {
		return nil, usage("there is no value for %s, and nobody may be asked for it", name).hinted("some-command | tacit %s %s, or --file FILE", s.verb(), name)
	}
	defer tty.Close()
	question := "Value of " + name + ": "
	if o.lines {
		question = "Value of " + name + ", several lines; ^D in a new line ends it:\n"
	}
	raw, err := askValue(ctx, tty, question, o.lines)
	if f := (*failure)(nil); errors.As(err, &f) && f.code == severalLines {
		return nil, f.hinted("tacit %s %s --lines takes them here, after its question; or some-command | tacit %[1]s %[2]s, or --file FILE", s.verb(), name)
	}
	return raw, err
}

func readValueFile(ctx context.Context, name, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError("reading", path, err)
	}
	defer f.Close()
	raw, err := readLimited(ctx, f, name)
	if err != nil && ctx.Err() == nil && explain(err).code == "failed" {
		return nil, fileError("reading", path, err)
	}
	return raw, err
}

// readLimited reads all of r, up to the longest value that there is. It can be
// interrupted while it waits.
func readLimited(ctx context.Context, r io.Reader, name string) ([]byte, error) {
	raw, err := readUpTo(ctx, r, maxInput+1)
	switch {
	case ctx.Err() != nil && err != nil:
		return nil, err
	case err != nil:
		return nil, explain(unwrapPath(err)).prefixed("reading the value of " + name)
	case len(raw) > maxInput:
		return nil, fault(vault.InvalidValue, "%s: the value is larger than %d MiB", name, maxInput>>20).hinted("a vault keeps secrets; encrypt a file with age, and keep its key here")
	}
	return raw, nil
}
