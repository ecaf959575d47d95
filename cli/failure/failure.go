package failure

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
	"github.com/tacit-vault/tacit/vault/shown"
)

// Failure is an error as the user gets to see it: what failed on what, why,
// and what would help.
type Failure struct {
	Code    string
	Exit    int
	Message string
	Detail  string
	Hint    Hint          // the way out in words; it goes before the remedy
	Remedy  remedy.Remedy // the way out as data
	Err     error
}

// Words are the way out as it is said where the command line named no vault.
func (f *Failure) Words() string {
	if f.Hint != "" {
		return f.Hint.Plain()
	}
	return GivenPaths{}.Say(f.Remedy)
}

func (f *Failure) Error() string { return f.Message }
func (f *Failure) Unwrap() error { return f.Err }

// Hinted adds what would help, with its commands in braces. An argument brings no mark
// of its own, except for the hint.
func (f *Failure) Hinted(format string, args ...any) *Failure {
	f.Hint, f.Remedy = hintf(format, args...), remedy.Remedy{}
	return f
}

// Advised is Hinted of a text of ours that is made elsewhere.
func (f *Failure) Advised(text string) *Failure {
	f.Hint, f.Remedy = HintOf(text), remedy.Remedy{}
	return f
}

// Remedied adds what would help.
func (f *Failure) Remedied(action remedy.Action, objects ...remedy.Object) *Failure {
	f.Hint, f.Remedy = "", remedy.To(action, objects...)
	return f
}

// Usage is a command line that makes no sense.
func Usage(format string, args ...any) *Failure {
	return &Failure{Code: "usage", Exit: ExitUsage, Message: said(format, args)}
}

// Fault is a failure with a code of the vault's, found on this side of it.
func Fault(c vault.Code, format string, args ...any) *Failure {
	return &Failure{Code: string(c), Exit: exitCode(c), Message: said(format, args)}
}

// LoanOver is the error of what needs a key whose agent has locked since it has lent it.
func LoanOver() *Failure {
	return Fault(vault.Locked, "the agent that lent the vault’s key has locked").Hinted("{tacit unlock}, and do it again")
}

// ExitStatus is the exit status of a child, to be passed on.
type ExitStatus int

func (e ExitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Explain makes a failure of any error.
func Explain(err error) *Failure {
	f := explained(err)
	if hint := OpenFilesHint(err); hint != "" {
		f.Advised(hint)
	}
	return f
}

func explained(err error) *Failure {
	var f *Failure
	var se *vault.SecretError
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.Canceled):
		return &Failure{Code: "interrupted", Exit: ExitInterrupted, Message: "interrupted"}
	case errors.As(err, &se):
		return explainSecret(se)
	case IsDiskFull(err):
		return &Failure{Code: string(vault.NoSpace), Exit: ExitDisk, Message: Text(err), Hint: "free some space"}
	case IsReadOnly(err):
		return &Failure{Code: string(vault.ReadOnly), Exit: ExitDisk, Message: Text(err)}
	default:
		return &Failure{Code: "failed", Exit: ExitOther, Message: Text(err)}
	}
}

func explainSecret(e *vault.SecretError) *Failure {
	f := &Failure{Code: string(e.Code), Exit: exitCode(e.Code), Message: Text(e), Remedy: vault.RemedyOf(e), Err: e}
	if e.Message != "" && e.Err != nil && !strings.Contains(e.Message, e.Err.Error()) {
		f.Detail = Text(e.Err)
	}
	return f
}

// During names the command in an error of a batch.
func During(op string, err error) error {
	var e *vault.SecretError
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Op = op
	return &named
}

// NoOutput is a standard output that takes nothing.
func NoOutput(message string) *Failure {
	return &Failure{Code: "failed", Exit: ExitOther, Message: message}
}

// OutputError is standard output that did not take what was written.
func OutputError(err error) error {
	f := Explain(fmt.Errorf("writing standard output: %w", UnwrapPath(err)))
	return f.Hinted("nothing was lost in the vault; try again with another output")
}

// UnwrapPath drops the name of the file, where the message names it already.
func UnwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// FileError is a file of the user's that could not be read or written.
func FileError(doing, path string, err error) error {
	f := Explain(fmt.Errorf("%s %s: %w", doing, path, UnwrapPath(err)))
	if errors.Is(err, os.ErrPermission) {
		f.Remedied(remedy.LookAt, remedy.Path.Named(path))
	}
	return f
}

// Printable makes s fit for one line of a terminal: no control characters, so
// that a hostile path or argument cannot write to the screen what it wants.
func Printable(s string) string { return shown.Line(s, 500) }

// Pasteable is Printable of what may hold words to paste: cut off, one would lose its
// closing quote, and take in what is pasted after it.
func Pasteable(s string) string { return shown.Line(s, 64<<10) }

// Prefixed says what was being done.
func (f *Failure) Prefixed(doing string) *Failure {
	f.Message = doing + ": " + f.Message
	return f
}
