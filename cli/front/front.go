// Package front is the small program: it answers what is asked most, and is quicker
// than the whole one, because it is linked without the database, without HTTP, and
// without the files and keys of other tools. For everything else it executes the whole
// program, which lies beside it as tacit-core.
//
// Which of the two it is, the arguments decide. Two cases are left. A change needs an
// agent, which makes it. And a vault may turn out to need more: a key in the machine's
// TPM, a log to replay. Then the whole program begins anew, before anything was asked,
// read or printed.
package front

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/help"
	"github.com/tacit-vault/tacit/cli/run"
	"github.com/tacit-vault/tacit/cli/secrets"
	"github.com/tacit-vault/tacit/cli/status"
	"github.com/tacit-vault/tacit/vault"
)

// New is an App on the process's own streams, environment and clock, with the commands
// that are asked most, and no kinds of keys but age's and passphrases.
func New() *frame.App {
	a := frame.New()
	a.Commands = commands
	a.Whole = Whole
	return a
}

// commands are some of those of package cli, the same ones.
func commands(s *frame.Session) []*cmdline.Command {
	return []*cmdline.Command{
		secrets.GetCommand(s, nil), run.Command(s, nil), run.InjectCommand(s), secrets.ListCommand(s), secrets.FindCommand(s),
		secrets.HistoryCommand(s), secrets.ExpiringCommand(s), status.Command(s), help.CompleteCommand(s),
		byAgent(s, secrets.SetCommand(s)), byAgent(s, secrets.UpdateCommand(s)), byAgent(s, secrets.GenerateCommand(s)),
		byAgent(s, secrets.MoveCommand(s)), byAgent(s, secrets.CopyCommand(s)), byAgent(s, secrets.RemoveCommand(s)),
		byAgent(s, secrets.RollbackCommand(s)),
	}
}

// byAgent leaves a command that makes a change to the whole program, unless an agent
// is there to make it.
func byAgent(s *frame.Session, c *cmdline.Command) *cmdline.Command {
	do := c.Run
	c.Run = func(ctx context.Context, args []string) error {
		met, err := frame.MeetAgentFirst(ctx, s)
		if errors.Is(err, vault.Busy) { // it was waited for
			return err
		}
		if err != nil || !met { // another error, the whole program says
			return frame.NotLinked(c.Name)
		}
		return do(ctx, args)
	}
	return c
}

// complete is the command that the shells' scripts ask for what fits.
const complete = "__complete"

// Answers tells from a command line whether this program has what it asks for. What is
// wrong with a line, the whole program says.
func Answers(c *frame.Call) bool {
	l := c.Line
	if c.Err != nil || l.Command == nil || l.Has("help") || l.Has("version") {
		return false
	}
	return l.Command.Name != complete || completes(l.Args, c.Commands)
}

// completes tells whether the last word is an argument of one of our commands: flags
// and commands are in the whole table.
func completes(words []string, table []*cmdline.Command) bool {
	if len(words) < 2 || slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") }) {
		return false
	}
	l, err := cmdline.ParseLine(words[:len(words)-1], table)
	return err == nil && l.Command != nil
}
