package cli

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"

	"github.com/tacit-vault/tacit/vault/agent"
)

// How much of the vault a command opens.
type access int

const (
	names  access = iota // locked: no key is looked for
	values               // unlocked, beside other readers
	writes               // unlocked, alone
)

// options are the vault's options as far as the flags decide them.
func (s *session) options(discovered bool) vault.Options {
	return vault.Options{
		Wait: s.wait, State: s.state, Expect: s.Env("TACIT_EXPECT"), Discovered: discovered,
		Owners: s.owners(), Now: s.Now, Warn: s.vaultWarning,
	}
}

// open opens the vault that the command line means.
func (s *session) open(ctx context.Context, a access) (opened, error) {
	dir, discovered, err := s.locate()
	if err != nil {
		return nil, err
	}
	behind, release, err := s.reach(ctx, dir)
	if behind != nil || err != nil {
		return behind, err
	}
	o := s.options(discovered)
	o.Write = a == writes
	o.OneShot = true // a command opens once, and ends
	v, err := s.openHere(ctx, dir, o, a)
	if err != nil {
		if release != nil {
			release()
		}
		return nil, err
	}
	return s.local(v, release), nil
}

// openHere opens the vault in this process.
func (s *session) openHere(ctx context.Context, dir string, o vault.Options, a access) (v *vault.Vault, err error) {
	if a == names {
		v, err = vault.Open(ctx, dir, o)
	} else {
		Undumpable()
		v, err = s.openWithKey(ctx, dir, o)
	}
	if err == nil {
		s.introduce(v)
	}
	return v, err
}

// local is a vault that this process has opened, as the commands use it.
func (s *session) local(v *vault.Vault, release func()) local {
	return local{v, s.lockOptions(), release}
}

// lockOptions are what new key slots are made with.
func (s *session) lockOptions() keyring.LockOptions {
	return keyring.LockOptions{ScryptLogN: s.ScryptLogN, TPM: s.Env("TACIT_TPM")}
}

// openWithKey tries the keys at hand, then asks for the passphrase where the
// vault has one. The vault is not kept open, and locked, during the question.
func (s *session) openWithKey(ctx context.Context, dir string, o vault.Options) (*vault.Vault, error) {
	w, err := s.ways(ctx)
	if err != nil {
		return nil, s.vaultFirst(ctx, dir, o, err)
	}
	if len(w.keys) > 0 {
		o.Keys = w.keys
		v, err := vault.Open(ctx, dir, o)
		if w.given || !errors.Is(err, vault.WrongKey) {
			return v, err
		}
		w.missed = causeOf(err)
	}
	checks := s.checks
	if !s.askable() {
		checks = nil // a missing key is the first that is missing
	}
	if w.vault, err = s.lockedStatus(ctx, dir, o, checks...); err != nil {
		return nil, err
	}
	if !w.typable() {
		return nil, w.noKey()
	}
	var v *vault.Vault
	err = s.askPassphrase(ctx, w, func(k keyring.Key) (err error) {
		o.Keys = []keyring.Key{k}
		v, err = vault.Open(ctx, dir, o)
		return err
	})
	if err == nil {
		s.hintUnlock(dir)
	}
	return v, err
}

// causeOf is what a key that could not be tried has said.
func causeOf(err error) error {
	var se *vault.SecretError
	if errors.As(err, &se) {
		return se.Err
	}
	return nil
}

// vaultFirst prefers to say that there is no vault over that there is no key.
func (s *session) vaultFirst(ctx context.Context, dir string, o vault.Options, keyErr error) error {
	if _, err := s.lockedStatus(ctx, dir, o); errors.Is(err, vault.NoVault) || errors.Is(err, vault.Untrusted) {
		return err
	}
	return keyErr
}

// lockedStatus is what can be told of the vault without a key, where the checks hold.
func (s *session) lockedStatus(ctx context.Context, dir string, o vault.Options, checks ...check) (vault.Status, error) {
	o.Write, o.Keys = false, nil
	o.Warn = nil // who opens it with a key is warned
	v, err := vault.Open(ctx, dir, o)
	if err != nil {
		return vault.Status{}, err
	}
	defer v.Close()
	s.introduce(v)
	return v.Status(), all(ctx, s.local(v, nil), checks)
}

// openForAgent opens the vault to keep it: for writing, its identity in memory
// that no other process can read. Where the system gives less, it says so.
func (s *session) openForAgent(ctx context.Context, dir string, discovered bool) (*vault.Vault, error) {
	o := s.options(discovered)
	o.Write = true
	o.Socket, _ = agent.Socket(s.Env, dir)
	o.Memory = func(size int) ([]byte, func()) {
		m := keyring.NewMemory(size)
		if m.Kind == keyring.HeapMemory {
			s.warn("the vault's key is kept in ordinary memory, which may be swapped to disk: the system gives this process none that is locked; see ulimit -l")
		}
		return m.Bytes, m.Free
	}
	return s.openHere(ctx, dir, o, writes)
}
