package front

import (
	"errors"
	"io"
	"testing"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
)

// The small program is there to be quick: it makes its table of commands once, to see
// whether it has the command and to run it.
func TestOneTable(t *testing.T) {
	t.Parallel()
	dir, made := t.TempDir(), 0
	a := New()
	a.Out, a.Err = io.Discard, io.Discard
	a.Env = func(string) string { return "" }
	a.Getwd = func() (string, error) { return dir, nil }
	a.TTY = func() (*terminal.TTY, error) { return nil, errors.New("no terminal") }
	a.Whole = func() error { return errors.New("it is not there") }
	commands := a.Commands
	a.Commands = func(s *frame.Session) []*cmdline.Command {
		made++
		return commands(s)
	}
	call := a.Read([]string{"get", "NAME", "--vault", dir + "/none"})
	if !Answers(call) {
		t.Fatal("get is left to the whole program")
	}
	if code := call.Run(t.Context()); code == 0 {
		t.Error("there is no vault, and it is read")
	}
	if made != 1 {
		t.Errorf("the table is made %d times", made)
	}
}
