package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

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
func (s *session) newPassphrase(ctx context.Context, fresh currentPassphrase) ([]byte, error) {
	fresh.swapInto(s)
	phrase, err := s.givenNewPassphrase(ctx)
	fresh.swapInto(s)
	if phrase != nil || err != nil {
		return phrase, err
	}
	tty, ok := s.terminal()
	if !ok {
		return nil, usage("there is no new passphrase, and nobody may be asked for it").hinted("--passphrase-file FILE")
	}
	defer tty.Close()
	return s.askNewPassphrase(ctx, tty)
}

// givenNewPassphrase is that of --passphrase-*, where it is a new one: it is
// judged as one that is typed, and nil if there is none.
func (s *session) givenNewPassphrase(ctx context.Context) ([]byte, error) {
	phrase, err := s.givenPassphrase(ctx)
	if phrase == nil || err != nil {
		return nil, err
	}
	e, err := s.judge(phrase)
	if err != nil {
		clear(phrase)
		return nil, err
	}
	if e.Weak() {
		s.warn("the new passphrase is weak: %s", e)
	}
	return phrase, nil
}

// judge is what is said of every new passphrase, wherever it comes from.
func (s *session) judge(phrase []byte) (keyring.Estimate, error) {
	if err := s.checkNewPassphrase(phrase); err != nil {
		return keyring.Estimate{}, err
	}
	return keyring.Strength(phrase), nil
}

// checkNewPassphrase refuses what cannot be a passphrase, before anything else is
// said of it.
func (s *session) checkNewPassphrase(phrase []byte) error {
	p, err := keyring.NewPassphrase(phrase, s.ScryptLogN)
	if err != nil {
		return lockError(err).hinted("a passphrase is text of 1 to 10,000 characters")
	}
	p.Wipe()
	return nil
}

// swapInto exchanges what opens the vault with c, and back.
func (c *currentPassphrase) swapInto(s *session) { *c = c.swap(s) }

// askNewPassphrase asks twice, warns of a weak one, and makes one where the
// answer is empty.
func (s *session) askNewPassphrase(ctx context.Context, tty *TTY) ([]byte, error) {
	for {
		phrase, err := askTwice(ctx, tty, "New passphrase (empty: one is made for you): ", "Once more: ")
		if err != nil {
			return nil, err
		}
		if len(phrase) == 0 {
			return makePassphrase(ctx, tty)
		}
		e, err := s.judge(phrase)
		if err != nil {
			clear(phrase)
			return nil, err
		}
		if !e.Weak() {
			return phrase, nil
		}
		fmt.Fprintf(tty.Out, "That is a weak passphrase: %s\n", e)
		answer, err := askLine(ctx, tty, "Take it all the same? [y/N] ")
		if err != nil || answer == "y" || answer == "yes" {
			return phrase, err
		}
		clear(phrase)
	}
}

func makePassphrase(ctx context.Context, tty *TTY) ([]byte, error) {
	made, _, err := generate.Words(madeWords, wordSeparator)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(tty.Out, "\n  %s\n\nWrite it down: it is not shown again, and without it the secrets are lost.\n", made)
	if _, err := askLine(ctx, tty, "Enter when that is done: "); err != nil {
		return nil, err
	}
	return []byte(made), nil
}

// newRecovery makes a recovery phrase and shows it: as words and a QR code on a
// terminal, where it asks whether they were written down; as one line elsewhere.
func (s *session) newRecovery(ctx context.Context) ([]byte, error) {
	made, _, err := generate.Words(recoveryWords, wordSeparator)
	if err != nil {
		return nil, err
	}
	phrase := []byte(made)
	if !isTerminal(s.Out) {
		s.out.WriteString(made + "\n")
		return phrase, s.flush()
	}
	code, err := keyring.QR(phrase)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(s.out, "\n%s\n  %s\n\n", code, strings.ReplaceAll(made, wordSeparator, " "))
	if err := s.flush(); err != nil {
		return nil, err
	}
	tty, ok := s.terminal()
	if !ok {
		return phrase, nil
	}
	defer tty.Close()
	fmt.Fprintln(tty.Out, "Write the words down and keep the paper where only you find it. They open the vault,\nand are not shown again. Letter case and what stands between words do not matter.")
	return phrase, askWords(ctx, tty, made)
}

// askWords asks for two of the words, so that a paper is known to be right
// before it is relied on.
func askWords(ctx context.Context, tty *TTY, made string) error {
	words := strings.Split(made, wordSeparator)
	first, err := rand.Int(rand.Reader, big.NewInt(int64(len(words)/2)))
	if err != nil {
		return err
	}
	for _, i := range []int{int(first.Int64()), len(words)/2 + int(first.Int64())%(len(words)-len(words)/2)} {
		right := false
		for range 3 {
			typed, err := askHidden(ctx, tty, fmt.Sprintf("Word %d: ", i+1))
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
			tty.dropRest()
			return fault(vault.InvalidValue, "the words on paper are not those; nothing was changed").hinted("tacit key add recovery, once more")
		}
	}
	return nil
}

// wordSeparator stands between the words of a passphrase that is made here.
const wordSeparator = "-"
