package frame

import (
	"errors"
	"strconv"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// What is often so in a container: the vault is another user's, and there is no home
// in which anything could be remembered.

// Owners are the users whose vaults are read, beside one's own.
func (s *Session) Owners() []int {
	text := s.Env("TACIT_ALLOW_OWNER")
	switch {
	case s.AllowOwner > cmdline.NoOwner:
		return []int{s.AllowOwner}
	case text == "":
		return nil
	}
	uid, err := strconv.Atoi(text)
	if err != nil || uid < 0 {
		s.Warn("TACIT_ALLOW_OWNER has to be the number of a user, and is not: it is not heeded")
		return nil
	}
	return []int{uid}
}

// vaultWarning tells what a vault warns of. That nothing can be remembered is told
// with the pin of the vault in one line, once; and not at all where the user says what
// to expect, which needs no memory.
func (s *Session) vaultWarning(err error) {
	if !errors.Is(err, anchor.ErrNowhere) && !errors.Is(err, anchor.ErrNoFolder) {
		s.Warn("%v", err)
		return
	}
	if s.memoryless == nil {
		s.memoryless = err
	}
}

// expects tells whether the user says which vault it has to be.
func expects(s *Session) bool { return s.Env("TACIT_EXPECT") != "" }

// introduce prints the pin of a vault that this machine sees for the first
// time, for the user to compare.
func (s *Session) introduce(v *vault.Vault) {
	if !vault.FirstSeen(v) {
		return // as nearly always: no names are counted for it
	}
	st := v.Status()
	switch {
	case s.introduced || expects(s):
	case s.memoryless != nil:
		s.Warn("%v; to expect what is here now: TACIT_EXPECT=%s", reason(s.memoryless), Expectation(st))
	default:
		once(s, func() { // it has remembered it
			s.Say("this machine sees the vault %s for the first time; its pin is %s", st.Path, st.Pin)
			s.ExplainPin()
		})
	}
	s.introduced = true
}

// tellUnremembered tells at the end what no introduction told.
func tellUnremembered(s *Session) {
	if s.memoryless != nil && !s.introduced && !expects(s) {
		s.Warn("%v", reason(s.memoryless))
	}
}

// reason is a vault's warning with its operation left out.
func reason(err error) any {
	var e *vault.SecretError
	if errors.As(err, &e) && e.Message != "" {
		return e.Path + ": " + e.Message
	}
	return err
}

// ExplainPin says what has just been printed.
func (s *Session) ExplainPin() {
	s.Note("The pin is the vault's fingerprint: where it is another one, so is the vault. tacit status prints it.")
}

// Expectation is what TACIT_EXPECT has to be for this vault, in this state or a newer
// one.
func Expectation(st vault.Status) string { return st.Pin + ":" + strconv.FormatUint(st.Seq, 10) }
