package frame

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// Access is how much of the vault a command opens.
type Access int

const (
	ToList  Access = iota // locked: no key is looked for
	ToRead                // unlocked, beside other readers
	toWrite               // unlocked, alone
)

// Options are the vault's options as far as the flags decide them.
func (s *Session) Options(discovered bool) vault.Options {
	o := vault.Options{
		Wait: s.Wait, State: s.State, Expect: s.Env("TACIT_EXPECT"), Discovered: discovered,
		Owners: s.Owners(), Now: s.Now, Warn: s.vaultWarning,
	}
	if s.Adjust != nil {
		s.Adjust(&o)
	}
	return o
}

// Open opens the vault that the command line means.
func (s *Session) Open(ctx context.Context, a Access) (OpenVault, error) {
	if s.maxAge > 0 && a == ToRead {
		return openFresh(ctx, s)
	}
	dir, discovered, err := s.Locate()
	if err != nil {
		return nil, err
	}
	return OpenAt(ctx, s, dir, discovered, a)
}

// OpenAt opens the vault in a folder. discovered is as Locate says it.
func OpenAt(ctx context.Context, s *Session, dir string, discovered bool, a Access) (OpenVault, error) {
	behind, release, err := ReachAgent(ctx, s, dir)
	if behind != nil || err != nil {
		return behind, err
	}
	o := s.Options(discovered)
	o.Write = a == toWrite
	o.OneShot = true // a command opens once, and ends
	v, err := s.OpenHere(ctx, dir, o, a)
	if err != nil {
		if release != nil {
			release()
		}
		return nil, err
	}
	return s.Local(v, release), nil
}

// OpenAlone opens the vault in this process, for what no agent does for others. An
// agent that has it open gives it away until this one closes it, and lends its key.
func OpenAlone(ctx context.Context, s *Session, write bool) (Local, error) {
	return openAlone(ctx, s, func(o *vault.Options) { o.Write, o.OneShot = write, !write })
}

// KeepAlone is OpenAlone for writing, by a command that runs long and lends the vault to
// others in between: its key is kept as an agent keeps it.
func KeepAlone(ctx context.Context, s *Session) (Local, error) {
	l, err := openAlone(ctx, s, func(o *vault.Options) { o.Write, o.Memory = true, keyMemory(s) })
	l.kept = true
	return l, err
}

func openAlone(ctx context.Context, s *Session, adjust func(*vault.Options)) (Local, error) {
	dir, discovered, err := s.Locate()
	if err != nil {
		return Local{}, err
	}
	loan, release, err := borrow(ctx, s, dir)
	if errors.Is(err, agent.ErrGone) { // it was about to end: there is none now, or another one
		loan, release, err = borrow(ctx, s, dir)
	}
	if err != nil {
		return Local{}, err
	}
	o := s.Options(discovered)
	adjust(&o)
	v, err := s.openLent(ctx, dir, o, loan)
	if v == nil && err == nil { // or it was rotated meanwhile
		loan = nil
		v, err = s.OpenHere(ctx, dir, o, ToRead)
	}
	if err != nil {
		release()
		return Local{}, err
	}
	l := s.Local(v, release)
	l.Loan = loan
	return l, nil
}

// openLent opens the vault with what its agent has lent; no vault where that does not.
func (s *Session) openLent(ctx context.Context, dir string, o vault.Options, loan *agent.Loan) (*vault.Vault, error) {
	if loan == nil {
		return nil, nil
	}
	defer loan.Wipe()
	system.Undumpable()
	loan.Apply(&o)
	v, err := vault.Open(ctx, dir, o)
	switch {
	case err == nil:
		s.introduce(v)
	case vault.CodeOf(err) == vault.WrongKey:
		return nil, nil
	}
	return v, err
}

// OpenHere opens the vault in this process.
func (s *Session) OpenHere(ctx context.Context, dir string, o vault.Options, a Access) (v *vault.Vault, err error) {
	if a == ToList {
		v, err = vault.Open(ctx, dir, o)
	} else {
		system.Undumpable()
		v, err = s.openWithKey(ctx, dir, o)
	}
	if err == nil {
		s.introduce(v)
	}
	return v, err
}

// Local is a vault that this process has opened, as the commands use it.
func (s *Session) Local(v *vault.Vault, release func()) Local {
	return Local{Vault: v, locks: s.LockOptions(), release: release}
}

// LockOptions are what new key slots are made with.
func (s *Session) LockOptions() keyring.LockOptions {
	return keyring.LockOptions{ScryptLogN: s.ScryptLogN, TPM: s.Env("TACIT_TPM"), Kinds: s.Kinds}
}

// openWithKey tries the keys at hand, then asks for the passphrase where the
// vault has one. The vault is not kept open, and locked, during the question.
func (s *Session) openWithKey(ctx context.Context, dir string, o vault.Options) (*vault.Vault, error) {
	w, err := s.AvailableKeys(ctx)
	if errors.Is(err, keyring.ErrNotLinked) {
		return nil, err // another program will say what there is to say of the vault
	}
	if err != nil {
		return nil, s.vaultFirst(ctx, dir, o, err)
	}
	var v *vault.Vault
	asked := false
	err = s.TryOrAsk(ctx, w, func(keys ...keyring.Key) (err error) {
		o.Keys = keys
		v, err = vault.Open(ctx, dir, o)
		return err
	}, func(w *AvailableKeys) (err error) {
		asked = true
		checks := s.Checks
		if !s.Askable() {
			checks = nil // a missing key is the first that is missing
		}
		w.Vault, err = s.lockedStatus(ctx, dir, o, checks...)
		return err
	})
	if err == nil && asked {
		hintUnlock(s, dir)
	}
	return v, err
}

// vaultFirst prefers to say that there is no vault over that there is no key.
func (s *Session) vaultFirst(ctx context.Context, dir string, o vault.Options, keyErr error) error {
	if _, err := s.lockedStatus(ctx, dir, o); errors.Is(err, vault.NoVault) || errors.Is(err, vault.Untrusted) {
		return err
	}
	return keyErr
}

// lockedStatus is what can be told of the vault without a key, where the checks hold.
func (s *Session) lockedStatus(ctx context.Context, dir string, o vault.Options, checks ...Check) (vault.Status, error) {
	o.Write, o.Keys = false, nil
	o.Warn = nil // who opens it with a key is warned
	v, err := vault.Open(ctx, dir, o)
	if err != nil {
		return vault.Status{}, err
	}
	defer v.Close()
	s.introduce(v)
	return v.Status(), all(ctx, s.Local(v, nil), checks)
}

// OpenToKeep opens the vault to keep it: for writing, its identity in memory
// that no other process can read.
func OpenToKeep(ctx context.Context, s *Session, dir string, discovered bool) (*vault.Vault, error) {
	o := s.Options(discovered)
	o.Write = true
	o.Socket, _ = sockets.Path(s.Env, dir)
	o.Memory = keyMemory(s)
	return s.OpenHere(ctx, dir, o, toWrite)
}

// keyMemory is memory for a key that is kept, which no other process can read. Where the
// system gives less, it says so.
func keyMemory(s *Session) func(size int) ([]byte, func()) {
	return func(size int) ([]byte, func()) {
		m := keyring.NewMemory(size)
		if m.Kind == keyring.HeapMemory {
			s.Warn("the vault's key is kept in ordinary memory, which may be swapped to disk: the system gives this process none that is locked; see ulimit -l")
		}
		return m.Bytes, m.Free
	}
}
