package frame

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
)

// Asker asks at the terminal on behalf of keys. In a program without some kinds of keys
// it asks nobody, and says [keyring.ErrNotLinked]: one of them may be next, and the
// program that has it would ask again.
type Asker struct{ S *Session }

var _ keyring.Asker = Asker{}

func nobody(question string) error {
	return fmt.Errorf("%w: there is nobody to ask for %q", keyring.ErrUnavailable, failure.Printable(question))
}

func (a Asker) Secret(ctx context.Context, question string) ([]byte, error) {
	if err := a.S.Kinds.Complete(); err != nil {
		return nil, err
	}
	tty, ok := a.S.Terminal()
	if !ok {
		return nil, nobody(question)
	}
	defer tty.Close()
	return terminal.AskHidden(ctx, tty, failure.Printable(question)+": ")
}

func (a Asker) Confirm(ctx context.Context, question, yes, no string) (bool, error) {
	if err := a.S.Kinds.Complete(); err != nil {
		return false, err
	}
	tty, ok := a.S.Terminal()
	if !ok {
		return false, nobody(question)
	}
	defer tty.Close()
	if no == "" {
		_, err := terminal.AskLine(ctx, tty, fmt.Sprintf("%s\nEnter for %s: ", failure.Printable(question), failure.Printable(yes)))
		return err == nil, err
	}
	for {
		answer, err := terminal.AskLine(ctx, tty, fmt.Sprintf("%s\n1 for %s, 2 for %s: ", failure.Printable(question), failure.Printable(yes), failure.Printable(no)))
		if err != nil || answer == "1" || answer == "2" {
			return answer == "1", err
		}
	}
}

func (a Asker) Tell(message string) { a.S.Say("%s", message) }
