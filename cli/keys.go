package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
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

	vault  vault.Status // what they are for, where that is known
	which  string       // which keys fit, where it is no vault that key list could tell of
	missed error        // why some of them could not be tried
}

// ways collects the keys: those of the flags alone where there are any, else
// those that nobody has to name.
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
	if s.typed != nil {
		return w, w.addPassphrase(s, slices.Clone(s.typed))
	}
	return w, w.addDefaults(s)
}

// addDefaults are the ways that nobody has to name, in their order. Those of
// the machine cost nothing where the vault has no slot for them.
func (w *ways) addDefaults(s *session) error {
	named := s.Env("TACIT_IDENTITY")
	if named != "" {
		if err := w.addIdentity(s, named); err != nil {
			return err
		}
	}
	if dir := s.Env("CREDENTIALS_DIRECTORY"); dir != "" {
		keys, found, err := keyring.Credentials(dir, s.fileOptions(), s.ScryptLogN)
		if err != nil {
			return keyError(err).hinted("the service's credentials tacit-identity and tacit-passphrase")
		}
		w.keys, w.names = append(w.keys, keys...), append(w.names, found...)
	}
	w.keys = append(w.keys, keyring.TPMKey(keyring.TPMOptions{Device: s.Env("TACIT_TPM"), Ask: asker{s}}), keyring.OSKey())
	if named != "" {
		return nil
	}
	path := keyring.DefaultIdentityPath()
	if path == "" {
		return nil
	}
	err := w.addIdentity(s, path)
	if errors.Is(err, fs.ErrNotExist) {
		w.names = append(w.names, "no identity file at "+path)
		return nil
	}
	return err
}

func (w *ways) addIdentity(s *session, path string) error {
	id, err := keyring.IdentityFile(path, s.fileOptions())
	if err != nil {
		return keyError(err).hinted("name another with --identity FILE; age-keygen -o FILE makes one")
	}
	w.keys = append(w.keys, id)
	w.names = append(w.names, id.Name())
	return nil
}

// fileOptions say how identity files are used.
func (s *session) fileOptions() keyring.FileOptions {
	return keyring.FileOptions{Warn: func(m string) { s.warn("%s", m) }, Ask: asker{s}}
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

// givesKey tells whether a flag names a key.
func (s *session) givesKey() bool {
	return len(s.identities.Value()) > 0 || s.passphraseFile != "" || s.passphraseFD != noFD || s.passphraseCommand != ""
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
			phrase, err = s.phraseOfFD()
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

// phraseOfFD reads the passphrase of --passphrase-fd, which can be read once, and
// remembers it for commands that open the vault more than once.
func (s *session) phraseOfFD() ([]byte, error) {
	if s.handed == nil {
		phrase, err := keyring.PassphraseFD(s.passphraseFD)
		if err != nil {
			return nil, err
		}
		s.handed = phrase
	}
	return slices.Clone(s.handed), nil
}

// askPassphrase asks on the terminal and tries what was typed.
func (s *session) askPassphrase(ctx context.Context, w ways, try func(keyring.Key) error) error {
	tty, ok := s.terminal()
	if !ok {
		return w.noKey()
	}
	defer tty.Close()
	defer hush(tty)()
	for left := promptTries - 1; ; left-- {
		phrase, err := askHidden(ctx, tty, "Passphrase: ")
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(phrase)) == 0 {
			return w.noKey()
		}
		p, err := keyring.NewPassphrase(phrase, s.ScryptLogN)
		if err != nil {
			clear(phrase)
			return keyError(err)
		}
		err = try(p)
		if err == nil {
			s.typed = phrase
			return nil
		}
		clear(phrase)
		if !errors.Is(err, vault.WrongKey) || left == 0 {
			tty.dropRest()
			return err
		}
		fmt.Fprintln(tty.Out, "Wrong passphrase.")
	}
}

// typable tells whether what somebody types could open the vault.
func (w ways) typable() bool {
	return slices.ContainsFunc(w.vault.Slots, func(i vault.SlotInfo) bool {
		return i.Kind == keyring.KindPassphrase || i.Kind == keyring.KindRecovery
	})
}

// noKey names the vault, its slots, what was tried in vain and why it could not
// be, and the way in.
func (w ways) noKey() error {
	var slots []string
	for _, slot := range w.vault.Slots {
		slots = append(slots, slot.Label+": "+slot.Kind)
	}
	f := fault(vault.Locked, "no key opens the vault")
	if w.vault.Path != "" {
		f.message += fmt.Sprintf(" %s (%s)", w.vault.Path, strings.Join(slots, ", "))
	}
	tried := slices.Clone(w.names)
	if w.missed != nil {
		tried = append(tried, strings.ReplaceAll(w.missed.Error(), "\n", "; "))
	}
	if len(tried) == 0 {
		tried = []string{"nothing to try"}
	}
	f.detail = "tried: " + strings.Join(tried, ", ")
	hint := "--identity FILE"
	if w.typable() {
		hint += ", --passphrase-file FILE, or the passphrase typed at a terminal"
	}
	if w.which != "" {
		return f.hinted("%s: %s", hint, w.which)
	}
	return f.hinted("%s; tacit key list shows the key slots", hint)
}
