package frame

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// promptTries is how often a passphrase may be typed wrong.
const promptTries = 3

// AvailableKeys are the keys of a command line.
type AvailableKeys struct {
	Keys  []keyring.Key
	Given bool     // by a flag: tried alone
	Names []string // what they are, and what was looked for in vain

	Vault  vault.Status // what they are for, where that is known
	Which  string       // which keys fit, where it is no vault that key list could tell of
	Missed error        // why some of them could not be tried
}

// AvailableKeys collects the keys: those of the flags alone where there are any, else
// those that nobody has to name.
func (s *Session) AvailableKeys(ctx context.Context) (AvailableKeys, error) {
	w := AvailableKeys{Given: true}
	for _, path := range s.Identities.Value() {
		if err := w.addIdentity(s, path); err != nil {
			return w, err
		}
	}
	phrase, err := s.GivenPassphrase(ctx)
	if err != nil {
		return w, err
	}
	if phrase != nil {
		if err := w.addPassphrase(s, phrase); err != nil {
			return w, err
		}
	}
	if len(w.Keys) > 0 {
		return w, nil
	}
	w.Given = false
	if s.Typed != nil {
		return w, w.addPassphrase(s, slices.Clone(s.Typed))
	}
	return w, w.AddDefaults(s)
}

// KeysAtHand are the available keys, for what asks for none: the system's keyring may
// raise a prompt of its own, so it is left out. Beside an error stand those that were
// had before.
func KeysAtHand(ctx context.Context, s *Session) (AvailableKeys, error) {
	asks := s.NoInput
	s.NoInput = true
	defer func() { s.NoInput = asks }()
	w, err := s.AvailableKeys(ctx)
	w.Keys = slices.DeleteFunc(w.Keys, func(k keyring.Key) bool { return k.Name() == s.Kinds.OSKey().Name() })
	return w, err
}

// AddDefaults are the ways that nobody has to name, in their order. Those of
// the machine cost nothing where the vault has no slot for them.
func (w *AvailableKeys) AddDefaults(s *Session) error {
	named := s.Env("TACIT_IDENTITY")
	if named != "" {
		if err := w.addIdentity(s, named); err != nil {
			return err
		}
	}
	if dir := s.Env("CREDENTIALS_DIRECTORY"); dir != "" {
		keys, found, err := keyring.Credentials(dir, FileOptions(s), s.ScryptLogN)
		if err != nil {
			return KeyError(err).Hinted("the service's credentials tacit-identity and tacit-passphrase")
		}
		w.Keys, w.Names = append(w.Keys, keys...), append(w.Names, found...)
	}
	w.Keys = append(w.Keys, s.Kinds.TPMKey(keyring.TPMOptions{Device: s.Env("TACIT_TPM"), Ask: Asker{s}}), s.Kinds.OSKey())
	if named != "" {
		return nil
	}
	path := keyring.DefaultIdentityPath()
	if path == "" {
		return nil
	}
	err := w.addIdentity(s, path)
	if errors.Is(err, fs.ErrNotExist) {
		w.Names = append(w.Names, "no identity file at "+path)
		return nil
	}
	return err
}

func (w *AvailableKeys) addIdentity(s *Session, path string) error {
	if err := readableAgain(s, path); err != nil {
		return err
	}
	id, err := keyring.IdentityFile(path, FileOptions(s))
	if err != nil {
		return KeyError(err).Hinted("name another with --identity FILE; age-keygen -o FILE makes one")
	}
	w.Keys = append(w.Keys, id)
	w.Names = append(w.Names, id.Name())
	return nil
}

// readableAgain refuses standard input and FIFOs in a program without some kinds of
// keys: the one that has them could not read them again.
func readableAgain(s *Session, path string) error {
	if ReadableAgain(path) {
		return nil
	}
	return s.Kinds.Complete()
}

// FileOptions say how identity files are used.
func FileOptions(s *Session) keyring.FileOptions {
	return keyring.FileOptions{
		Warn: func(m string) { s.Warn("%s", m) }, Ask: Asker{s}, Kinds: s.Kinds,
		Plugin: func(string) error { return s.Kinds.Complete() }, // it may ask by itself, for a touch
	}
}

func (w *AvailableKeys) addPassphrase(s *Session, phrase []byte) error {
	defer clear(phrase)
	p, err := keyring.NewPassphrase(phrase, s.ScryptLogN)
	if err != nil {
		return KeyError(err)
	}
	w.Keys = append(w.Keys, p)
	w.Names = append(w.Names, p.Name())
	return nil
}

// KeyError is a key that could not be had: there is none for the vault.
func KeyError(err error) *failure.Failure {
	if errors.Is(err, context.Canceled) {
		return failure.Explain(err)
	}
	f := failure.Fault(vault.Locked, "%v", err)
	f.Err = err
	return f
}

// LockError is a slot that cannot be made.
func LockError(err error) *failure.Failure {
	f := KeyError(err)
	if !errors.Is(err, keyring.ErrUnavailable) && f.Exit == failure.ExitNoKey {
		f.Code, f.Exit = string(vault.InvalidValue), failure.ExitInvalid
	}
	return f
}

// GivesKey tells whether a flag names a key.
func (s *Session) GivesKey() bool {
	return len(s.Identities.Value()) > 0 || givesPassphrase(s)
}

// givesPassphrase tells whether a --passphrase-* was given.
func givesPassphrase(s *Session) bool {
	return s.PassphraseFile != "" || s.PassphraseFD != cmdline.NoFD || s.PassphraseCommand != ""
}

// GivenPassphrase is that of --passphrase-*, nil if there is none. The small program
// leaves it alone: it may be there to be read once, and scrypt outweighs a start.
func (s *Session) GivenPassphrase(ctx context.Context) ([]byte, error) {
	if s.Whole != nil && givesPassphrase(s) {
		return nil, NotLinked("a passphrase")
	}
	var given []string
	var phrase []byte
	var err error
	if s.PassphraseFile != "" {
		given = append(given, "--passphrase-file")
		phrase, err = keyring.PassphraseFile(s.PassphraseFile)
	}
	if s.PassphraseFD != cmdline.NoFD {
		given = append(given, "--passphrase-fd")
		if len(given) == 1 {
			phrase, err = phraseOfFD(s)
		}
	}
	if s.PassphraseCommand != "" {
		given = append(given, "--passphrase-command")
		if len(given) == 1 {
			terminal.Hear(ctx) // it is ended with this process
			phrase, err = keyring.PassphraseCommand(ctx, s.PassphraseCommand, s.Err)
		}
	}
	if len(given) > 1 {
		return nil, failure.Usage("%s: give one of them", strings.Join(given, " and "))
	}
	if err != nil {
		return nil, KeyError(err)
	}
	return phrase, nil
}

// phraseOfFD reads the passphrase of --passphrase-fd, which can be read once, and
// remembers it for commands that open the vault more than once.
func phraseOfFD(s *Session) ([]byte, error) {
	if s.handed == nil {
		phrase, err := keyring.PassphraseFD(s.PassphraseFD)
		if err != nil {
			return nil, err
		}
		s.handed = phrase
	}
	return slices.Clone(s.handed), nil
}

// TryOrAsk tries the keys at hand, then asks for a passphrase where w.Vault has a slot
// that takes one. Keys that were given are tried alone. look, where it is not nil, is
// called before the question: it finds out what the keys are for, and whether to go on.
func (s *Session) TryOrAsk(ctx context.Context, w AvailableKeys, try func(...keyring.Key) error, look func(*AvailableKeys) error) error {
	if len(w.Keys) > 0 {
		err := try(w.Keys...)
		if w.Given || !errors.Is(err, vault.WrongKey) {
			return err
		}
		w.Missed = causeOf(err)
	}
	if look != nil {
		if err := look(&w); err != nil {
			return err
		}
	}
	if !w.Typable() {
		return w.NoKey()
	}
	return s.AskPassphrase(ctx, w, try)
}

// causeOf is what a key that could not be tried has said.
func causeOf(err error) error {
	var se *vault.SecretError
	if errors.As(err, &se) {
		return se.Err
	}
	return nil
}

// AskPassphrase asks on the terminal and tries what was typed. The small program asks
// nobody.
func (s *Session) AskPassphrase(ctx context.Context, w AvailableKeys, try func(...keyring.Key) error) error {
	if s.Whole != nil {
		return NotLinked("a passphrase")
	}
	tty, ok := s.Terminal()
	if !ok {
		return w.NoKey()
	}
	defer tty.Close()
	ctx, restore := terminal.Hush(ctx, tty)
	defer restore()
	for left := promptTries - 1; ; left-- {
		phrase, err := terminal.AskHidden(ctx, tty, "Passphrase: ")
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(phrase)) == 0 {
			return w.NoKey()
		}
		p, err := keyring.NewPassphrase(phrase, s.ScryptLogN)
		if err != nil {
			clear(phrase)
			return KeyError(err)
		}
		err = try(p)
		if err == nil {
			s.Typed = phrase
			return nil
		}
		clear(phrase)
		if !errors.Is(err, vault.WrongKey) || left == 0 {
			tty.DropRest()
			return err
		}
		fmt.Fprintln(tty.Out, "Wrong passphrase.")
	}
}

// Typable tells whether what somebody types could open the vault.
func (w AvailableKeys) Typable() bool {
	return slices.ContainsFunc(w.Vault.Slots, func(i vault.SlotInfo) bool {
		return i.Kind == keyring.KindPassphrase || i.Kind == keyring.KindRecovery
	})
}

// NoKey names the vault, its slots, what was tried in vain and why it could not
// be, and the way in.
func (w AvailableKeys) NoKey() error {
	var slots []string
	for _, slot := range w.Vault.Slots {
		slots = append(slots, slot.Label+": "+slot.Kind)
	}
	f := failure.Fault(vault.Locked, "no key opens the vault")
	if w.Vault.Path != "" {
		f.Message += fmt.Sprintf(" %s (%s)", w.Vault.Path, strings.Join(slots, ", "))
	}
	tried := slices.Clone(w.Names)
	if w.Missed != nil {
		tried = append(tried, strings.ReplaceAll(w.Missed.Error(), "\n", "; "))
	}
	if len(tried) == 0 {
		tried = []string{"nothing to try"}
	}
	f.Detail = "tried: " + strings.Join(tried, ", ")
	hint := "--identity FILE"
	if w.Typable() {
		hint += ", --passphrase-file FILE, or the passphrase typed at a terminal"
	}
	if w.Which != "" {
		return f.Hinted("%s: %s", hint, w.Which)
	}
	return f.Hinted("%s; {tacit key list} shows the key slots", hint)
}
