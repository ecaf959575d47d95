package group

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/generate"
)

// recoveryWords is the length of a recovery phrase: about 129 bits.
const recoveryWords = 10

// newRecovery makes a recovery phrase, shows it once and asks for two of its words,
// before anything is made that depends on it.
func newRecovery(ctx context.Context, s *frame.Session) ([]byte, error) {
	tty, ok := s.Terminal()
	if !ok {
		return nil, failure.Usage("group create: a recovery phrase is shown once, and there is nobody to show it to").
			Hinted("do it at a terminal, or add --no-recovery and invite an heir: {tacit group invite NAME --role heir --public}")
	}
	defer tty.Close()
	s.Settle()
	made, _, err := generate.Words(recoveryWords, " ")
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(tty.Out, "\n  %s\n\nWrite these words down and keep the paper where only you find it. With them any\nmember can take the group over if this vault is lost. They are not shown again.\n", made)
	words := strings.Fields(made)
	first := rand.N(recoveryWords / 2)
	for _, i := range []int{first, recoveryWords/2 + rand.N(recoveryWords/2)} {
		if err := askWord(ctx, tty, i, words[i]); err != nil {
			return nil, err
		}
	}
	return []byte(made), nil
}

// askWord asks for one of the words, three times at most.
func askWord(ctx context.Context, tty *terminal.TTY, i int, word string) error {
	for range 3 {
		typed, err := terminal.AskHidden(ctx, tty, fmt.Sprintf("Word %d: ", i+1))
		if err != nil {
			return err
		}
		right := strings.EqualFold(string(bytes.TrimSpace(typed)), word)
		clear(typed)
		if right {
			return nil
		}
		fmt.Fprintln(tty.Out, "That is not it.")
	}
	tty.DropRest()
	return failure.Fault(vault.InvalidValue, "the words on paper are not those; nothing was changed").Hinted("do it once more: there are new words then")
}

// askRecovery is the recovery phrase of an existing group: typed, or read from standard
// input.
func askRecovery(ctx context.Context, s *frame.Session) ([]byte, error) {
	return secretInput(ctx, s, "Recovery phrase: ", "", "the recovery phrase")
}
