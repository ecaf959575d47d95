package frame

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
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
	return Local{v, s.LockOptions(), release}
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
// that no other process can read. Where the system gives less, it says so.
func OpenToKeep(ctx context.Context, s *Session, dir string, discovered bool) (*vault.Vault, error) {
	o := s.Options(discovered)
	o.Write = true
	o.Socket, _ = sockets.Path(s.Env, dir)
	o.Memory = func(size int) ([]byte, func()) {
		m := keyring.NewMemory(size)
		if m.Kind == keyring.HeapMemory {
			s.Warn("the vault's key is kept in ordinary memory, which may be swapped to disk: the system gives this process none that is locked; see ulimit -l")
		}
		return m.Bytes, m.Free
	}
	return s.OpenHere(ctx, dir, o, toWrite)
}
