package keys

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/qrcode"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/generate"
)

// madeWords is the length of a passphrase that is made: about 90 bits.
const madeWords = 7

// recoveryWords is the length of a recovery phrase: about 129 bits, so that a
// paper which is found without the vault is of no use, and guessing never is.
const recoveryWords = 10

// newPassphrase is the new one of --passphrase-*, or one that is asked for.
func newPassphrase(ctx context.Context, s *frame.Session, fresh currentPassphrase) ([]byte, error) {
	fresh.swapInto(s)
	phrase, err := givenNewPassphrase(ctx, s)
	fresh.swapInto(s)
	if phrase != nil || err != nil {
		return phrase, err
	}
	tty, ok := s.Terminal()
	if !ok {
		return nil, failure.Usage("there is no new passphrase, and nobody may be asked for it").Hinted("--passphrase-file FILE")
	}
	defer tty.Close()
	return askNewPassphrase(ctx, s, tty)
}

// givenNewPassphrase is that of --passphrase-*, where it is a new one: it is
// judged as one that is typed, and nil if there is none.
func givenNewPassphrase(ctx context.Context, s *frame.Session) ([]byte, error) {
	phrase, err := s.GivenPassphrase(ctx)
	if phrase == nil || err != nil {
		return nil, err
	}
	e, err := judgePassphrase(s, phrase)
	if err != nil {
		clear(phrase)
		return nil, err
	}
	if e.Weak() {
		s.Warn("the new passphrase is weak: %s", e)
	}
	return phrase, nil
}

// judgePassphrase is what is said of every new passphrase, wherever it comes from.
func judgePassphrase(s *frame.Session, phrase []byte) (keyring.Estimate, error) {
	if err := checkNewPassphrase(s, phrase); err != nil {
		return keyring.Estimate{}, err
	}
	return keyring.Strength(phrase), nil
}

// checkNewPassphrase refuses what cannot be a passphrase, before anything else is
// said of it.
func checkNewPassphrase(s *frame.Session, phrase []byte) error {
	p, err := keyring.NewPassphrase(phrase, s.ScryptLogN)
	if err != nil {
		return frame.LockError(err).Hinted("a passphrase is text of 1 to 10,000 characters")
	}
	p.Wipe()
	return nil
}

// swapInto exchanges what opens the vault with c, and back.
func (c *currentPassphrase) swapInto(s *frame.Session) { *c = c.swap(s) }

// askNewPassphrase asks twice, warns of a weak one, and makes one where the
// answer is empty.
func askNewPassphrase(ctx context.Context, s *frame.Session, tty *terminal.TTY) ([]byte, error) {
	for {
		phrase, err := terminal.AskTwice(ctx, tty, "New passphrase (empty: one is made for you): ", "Once more: ")
		if err != nil {
			return nil, err
		}
		if len(phrase) == 0 {
			return makePassphrase(ctx, tty)
		}
		e, err := judgePassphrase(s, phrase)
		if err != nil {
			clear(phrase)
			return nil, err
		}
		if !e.Weak() {
			return phrase, nil
		}
		fmt.Fprintf(tty.Out, "That is a weak passphrase: %s\n", e)
		answer, err := terminal.AskLine(ctx, tty, "Take it all the same? [y/N] ")
		if err != nil || answer == "y" || answer == "yes" {
			return phrase, err
		}
		clear(phrase)
	}
}

func makePassphrase(ctx context.Context, tty *terminal.TTY) ([]byte, error) {
	made, _, err := generate.Words(madeWords, wordSeparator)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(tty.Out, "\n  %s\n\nWrite it down: it is not shown again, and without it the secrets are lost.\n", made)
	if _, err := terminal.AskLine(ctx, tty, "Enter when that is done: "); err != nil {
		return nil, err
	}
	return []byte(made), nil
}

// newRecovery makes a recovery phrase and shows it: as words and a QR code on a
// terminal, where it asks whether they were written down; as one line elsewhere.
func newRecovery(ctx context.Context, s *frame.Session) ([]byte, error) {
	made, _, err := generate.Words(recoveryWords, wordSeparator)
	if err != nil {
		return nil, err
	}
	phrase := []byte(made)
	if !terminal.IsTerminal(s.Out) {
		s.Results.WriteString(made + "\n")
		return phrase, s.Flush()
	}
	code, err := qrcode.Draw(phrase)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(s.Results, "\n%s\n  %s\n\n", code, strings.ReplaceAll(made, wordSeparator, " "))
	if err := s.Flush(); err != nil {
		return nil, err
	}
	tty, ok := s.Terminal()
	if !ok {
		return phrase, nil
	}
	defer tty.Close()
	fmt.Fprintln(tty.Out, "Write the words down and keep the paper where only you find it. They open the vault,\nand are not shown again. Letter case and what stands between words do not matter.")
	return phrase, askWords(ctx, tty, made)
}

// askWords asks for two of the words, so that a paper is known to be right
// before it is relied on.
func askWords(ctx context.Context, tty *terminal.TTY, made string) error {
	words := strings.Split(made, wordSeparator)
	first, err := rand.Int(rand.Reader, big.NewInt(int64(len(words)/2)))
	if err != nil {
		return err
	}
	for _, i := range []int{int(first.Int64()), len(words)/2 + int(first.Int64())%(len(words)-len(words)/2)} {
		right := false
		for range 3 {
			typed, err := terminal.AskHidden(ctx, tty, fmt.Sprintf("Word %d: ", i+1))
			if err != nil {
				return err
			}
			right = strings.EqualFold(string(bytes.TrimSpace(typed)), words[i])
			clear(typed)
			if right {
				break
			}
			fmt.Fprintln(tty.Out, "That is not it.")
		}
		if !right {
			tty.DropRest()
			return failure.Fault(vault.InvalidValue, "the words on paper are not those; nothing was changed").Hinted("{tacit key add recovery}, once more")
		}
	}
	return nil
}

// wordSeparator stands between the words of a passphrase that is made here.
const wordSeparator = "-"
