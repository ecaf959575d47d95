package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// promptTries is how often a passphrase may be typed wrong.
const promptTries = 3

// ways are the keys of a command line.
type ways struct {
	keys  []keyring.Key
	given bool     // by a flag: tried alone
	names []string // what they are, and what was looked for in vain
}

// ways collects the keys: those of the flags alone where there are any, else
// the identity file of the environment or the default one.
func (s *session) ways(ctx context.Context) (ways, error) {
	w := ways{given: true}
	for _, path := range s.identities.Value() {
		if err := w.addIdentity(s, path); err != nil {
			return w, err
		}
	}
	phrase, err := s.givenPassphrase(ctx)
	if err != nil {
		return w, err
	}
	if phrase != nil {
		if err := w.addPassphrase(s, phrase); err != nil {
			return w, err
		}
	}
	if len(w.keys) > 0 {
		return w, nil
	}
	w.given = false
	if path := s.Env("TACIT_IDENTITY"); path != "" {
		return w, w.addIdentity(s, path)
	}
	path := keyring.DefaultIdentityPath()
	if path == "" {
		return w, nil
	}
	err = w.addIdentity(s, path)
	if errors.Is(err, fs.ErrNotExist) {
		w.names = append(w.names, "no identity file at "+path)
		return w, nil
	}
	return w, err
}

func (w *ways) addIdentity(s *session, path string) error {
	id, err := keyring.IdentityFile(path, func(m string) { s.warn("%s", m) })
	if err != nil {
		return keyError(err).hinted("name another with --identity FILE; age-keygen -o FILE makes one")
	}
	w.keys = append(w.keys, id)
	w.names = append(w.names, id.Name())
	return nil
}

func (w *ways) addPassphrase(s *session, phrase []byte) error {
	defer clear(phrase)
	p, err := keyring.NewPassphrase(phrase, s.ScryptLogN)
	if err != nil {
		return keyError(err)
	}
	w.keys = append(w.keys, p)
	w.names = append(w.names, p.Name())
	return nil
}

// keyError is a key that could not be had: there is none for the vault.
func keyError(err error) *failure {
	if errors.Is(err, context.Canceled) {
		return explain(err)
	}
	f := fault(vault.Locked, "%v", err)
	f.err = err
	return f
}

// lockError is a slot that cannot be made.
func lockError(err error) *failure {
	f := keyError(err)
	if !errors.Is(err, keyring.ErrUnavailable) && f.exit == exitNoKey {
		f.code, f.exit = string(vault.InvalidValue), exitInvalid
	}
	return f
}

// givenPassphrase is that of --passphrase-*, nil if there is none.
func (s *session) givenPassphrase(ctx context.Context) ([]byte, error) {
	var given []string
	var phrase []byte
	var err error
	if s.passphraseFile != "" {
		given = append(given, "--passphrase-file")
		phrase, err = keyring.PassphraseFile(s.passphraseFile)
	}
	if s.passphraseFD != noFD {
		given = append(given, "--passphrase-fd")
		if len(given) == 1 {
			phrase, err = keyring.PassphraseFD(s.passphraseFD)
		}
	}
	if s.passphraseCommand != "" {
		given = append(given, "--passphrase-command")
		if len(given) == 1 {
			phrase, err = keyring.PassphraseCommand(ctx, s.passphraseCommand, s.Err)
		}
	}
	if len(given) > 1 {
		return nil, usage("%s: give one of them", strings.Join(given, " and "))
	}
	if err != nil {
		return nil, keyError(err)
	}
	return phrase, nil
}

// askPassphrase asks on the terminal and tries what was typed.
func (s *session) askPassphrase(ctx context.Context, w ways, try func(keyring.Key) error) error {
	tty, ok := s.terminal()
	if !ok {
		return s.noKey(w)
	}
	defer tty.Close()
	for left := promptTries - 1; ; left-- {
		phrase, err := askHidden(ctx, tty, "Passphrase: ")
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(phrase)) == 0 {
			return s.noKey(w)
		}
		p, err := keyring.NewPassphrase(phrase, s.ScryptLogN)
		clear(phrase)
		if err != nil {
			return keyError(err)
		}
		err = try(p)
		if !errors.Is(err, vault.WrongKey) || left == 0 {
			return err
		}
		fmt.Fprintln(tty.Out, "Wrong passphrase.")
	}
}

// noKey says what was tried in vain.
func (s *session) noKey(w ways) error {
	tried := "nothing to try"
	if len(w.names) > 0 {
		tried = strings.Join(w.names, ", ")
	}
	f := fault(vault.Locked, "no key opens the vault")
	f.detail = "tried: " + tried
	return f.hinted("give one with --identity FILE or --passphrase-file FILE; tacit status lists the vault's key slots")
}
