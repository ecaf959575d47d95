package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// failure is an error as the user gets to see it: what failed on what, why,
// and what would help.
type failure struct {
	code    string
	exit    int
	message string
	detail  string
	hint    string        // the way out in words; it goes before the remedy
	remedy  remedy.Remedy // the way out as data
	err     error
}

// words are the way out as it is said where the command line named no vault.
func (f *failure) words() string {
	if f.hint != "" {
		return f.hint
	}
	return wording{}.say(f.remedy)
}

func (f *failure) Error() string { return f.message }
func (f *failure) Unwrap() error { return f.err }

// hinted adds the command that would help.
func (f *failure) hinted(format string, args ...any) *failure {
	f.hint, f.remedy = fmt.Sprintf(format, args...), remedy.Remedy{}
	return f
}

// remedied adds what would help.
func (f *failure) remedied(action remedy.Action, objects ...remedy.Object) *failure {
	f.hint, f.remedy = "", remedy.To(action, objects...)
	return f
}

// usage is a command line that makes no sense.
func usage(format string, args ...any) *failure {
	return &failure{code: "usage", exit: exitUsage, message: fmt.Sprintf(format, args...)}
}

// fault is a failure with a code of the vault's, found on this side of it.
func fault(c vault.Code, format string, args ...any) *failure {
	return &failure{code: string(c), exit: exitCode(c), message: fmt.Sprintf(format, args...)}
}

// exitStatus is the exit status of a child, to be passed on.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// explain makes a failure of any error.
func explain(err error) *failure {
	f := explained(err)
	if hint := openFilesHint(err); hint != "" {
		f.hint, f.remedy = hint, remedy.Remedy{}
	}
	return f
}

func explained(err error) *failure {
	var f *failure
	var se *vault.SecretError
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.Canceled):
		return &failure{code: "interrupted", exit: exitInterrupted, message: "interrupted"}
	case errors.As(err, &se):
		return explainSecret(se)
	case isDiskFull(err):
		return &failure{code: string(vault.NoSpace), exit: exitDisk, message: err.Error(), hint: "free some space"}
	case isReadOnly(err):
		return &failure{code: string(vault.ReadOnly), exit: exitDisk, message: err.Error()}
	default:
		return &failure{code: "failed", exit: exitOther, message: err.Error()}
	}
}

func explainSecret(e *vault.SecretError) *failure {
	f := &failure{code: string(e.Code), exit: exitCode(e.Code), message: e.Error(), remedy: vault.RemedyOf(e), err: e}
	if e.Message != "" && e.Err != nil && !strings.Contains(e.Message, e.Err.Error()) {
		f.detail = e.Err.Error()
	}
	return f
}

// during names the command in an error of a batch.
func during(op string, err error) error {
	var e *vault.SecretError
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Op = op
	return &named
}

// outputError is standard output that did not take what was written.
func outputError(err error) error {
	f := explain(fmt.Errorf("writing standard output: %w", unwrapPath(err)))
	return f.hinted("nothing was lost in the vault; try again with another output")
}

// unwrapPath drops the name of the file, where the message names it already.
func unwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// fileError is a file of the user's that could not be read or written.
func fileError(doing, path string, err error) error {
	f := explain(fmt.Errorf("%s %s: %w", doing, path, unwrapPath(err)))
	if errors.Is(err, os.ErrPermission) {
		f.remedied(remedy.LookAt, remedy.Path.Named(path))
	}
	return f
}

// printable makes s fit for one line of a terminal: no control characters, so
// that a hostile path or argument cannot write to the screen what it wants.
func printable(s string) string { return shown(s, 500) }

// pasteable is printable of what may hold words to paste: cut off, one would lose its
// closing quote, and take in what is pasted after it.
func pasteable(s string) string { return shown(s, 64<<10) }

func shown(s string, most int) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case i > most:
			b.WriteString("…")
			return b.String()
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError,
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// prefixed says what was being done.
func (f *failure) prefixed(doing string) *failure {
	f.message = doing + ": " + f.message
	return f
}
