package cli

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/keyring"
)

// asker asks at the terminal on behalf of keys.
type asker struct{ s *session }

var _ keyring.Asker = asker{}

func nobody(question string) error {
	return fmt.Errorf("%w: there is nobody to ask for %q", keyring.ErrUnavailable, printable(question))
}

func (a asker) Secret(ctx context.Context, question string) ([]byte, error) {
	tty, ok := a.s.terminal()
	if !ok {
		return nil, nobody(question)
	}
	defer tty.Close()
	return askHidden(ctx, tty, printable(question)+": ")
}

func (a asker) Confirm(ctx context.Context, question, yes, no string) (bool, error) {
	tty, ok := a.s.terminal()
	if !ok {
		return false, nobody(question)
	}
	defer tty.Close()
	if no == "" {
		_, err := askLine(ctx, tty, fmt.Sprintf("%s\nEnter for %s: ", printable(question), printable(yes)))
		return err == nil, err
	}
	for {
		answer, err := askLine(ctx, tty, fmt.Sprintf("%s\n1 for %s, 2 for %s: ", printable(question), printable(yes), printable(no)))
		if err != nil || answer == "1" || answer == "2" {
			return answer == "1", err
		}
	}
}

func (a asker) Tell(message string) { a.s.say("%s", message) }
