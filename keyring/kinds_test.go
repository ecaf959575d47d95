package keyring

import (
	"context"
	"errors"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring/keyringtest"
)

// A program without a kind says so for a slot of that kind alone, and asks nobody.
func TestKindsNotLinked(t *testing.T) {
	none, asked := Kinds{}, &keyringtest.Pins{"1234"}
	for kind, key := range map[string]Key{
		crypto.KindTPM:     none.TPMKey(TPMOptions{Ask: asked}),
		crypto.KindKeyring: none.OSKey(),
	} {
		slot := crypto.Slot{ID: 1, Label: "a", Kind: kind, Recipient: "tacit-tpm v1 - pin"}
		if _, err := key.Unwrap(t.Context(), slot, nil); !errors.Is(err, ErrNotLinked) || errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", kind, err)
		}
		slot.Kind = crypto.KindAge
		if _, err := key.Unwrap(t.Context(), slot, nil); !errors.Is(err, ErrWrongKey) || errors.Is(err, ErrNotLinked) {
			t.Errorf("%s, another slot: %v", kind, err)
		}
	}
	_, newErr := none.NewOSKey(t.Context(), false)
	_, lockErr := LockSpec{Kind: crypto.KindTPM, PIN: []byte("1")}.Lock(LockOptions{Ask: asked})
	_, recipientErr := Recipient(anSSHKey)
	_, sealerErr := none.NewSealer([]string{anSSHKey})
	_, sshErr := LockSpec{Kind: crypto.KindSSH, Recipient: anSSHKey}.Lock(LockOptions{})
	_, identityErr := IdentityFile(write(t, "-----BEGIN OPENSSH PRIVATE KEY-----\n"), FileOptions{Ask: asked})
	for name, err := range map[string]error{
		"new key": newErr, "forget": none.ForgetOSKey(t.Context(), "age1x"), "probe": none.ProbeOSKey(t.Context(), "age1x"),
		"TPM lock": lockErr, "TPM probe": none.ProbeTPM(""),
		"check keyring": none.Check(crypto.KindKeyring), "check TPM": none.Check(crypto.KindTPM),
		"SSH recipient": recipientErr, "SSH lock": sshErr, "check SSH": none.Check(crypto.KindSSH), "SSH identity": identityErr, "sealer": sealerErr,
		"complete": Kinds{OSKeyring: drawer{}}.Complete(),
	} {
		if !errors.Is(err, ErrNotLinked) || errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, kind := range []string{crypto.KindPassphrase, crypto.KindRecovery, crypto.KindAge, crypto.KindPlugin} {
		if err := none.Check(kind); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if len(*asked) != 1 {
		t.Error("somebody was asked")
	}
}

// A slot of a key in the keyring is sealed to its recipient, without the keyring.
func TestKeyringLockNeedsNoKeyring(t *testing.T) {
	_, recipient, err := generate(false)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := LockSpec{Kind: crypto.KindKeyring, Recipient: recipient}.Lock(LockOptions{})
	if err != nil || lock.Kind() != crypto.KindKeyring {
		t.Errorf("%v, %v", lock, err)
	}
}

// drawer is a keyring in memory.
type drawer map[string]string

var _ OSKeyring = drawer{}

func (d drawer) Set(_ context.Context, name, secret string) error { d[name] = secret; return nil }

func (d drawer) Get(ctx context.Context, name string) (string, error) {
	return d[name], d.Probe(ctx, name)
}

func (d drawer) Delete(ctx context.Context, name string) error {
	defer delete(d, name)
	return d.Probe(ctx, name)
}

func (d drawer) Probe(_ context.Context, name string) error {
	if d[name] == "" {
		return ErrNotInKeyring
	}
	return nil
}

// A key that a keyring keeps opens its slot until it is forgotten, which it may be twice.
func TestOSKey(t *testing.T) {
	for _, pq := range []bool{false, true} {
		d := drawer{}
		kinds := Kinds{OSKeyring: d}
		recipient, err := kinds.NewOSKey(t.Context(), pq)
		if err != nil {
			t.Fatal(err)
		}
		lock, err := LockSpec{Kind: crypto.KindKeyring, Recipient: recipient}.Lock(LockOptions{})
		if err != nil || lock.PostQuantum() != pq {
			t.Fatalf("%v, %v", lock, err)
		}
		slot, file := keyringtest.Sealed(t, lock)
		if got, err := kinds.OSKey().Unwrap(t.Context(), slot, file); err != nil || string(got) != "x\n" {
			t.Errorf("%q, %v", got, err)
		}
		if err := errors.Join(kinds.ForgetOSKey(t.Context(), recipient), kinds.ForgetOSKey(t.Context(), recipient)); err != nil || len(d) > 0 {
			t.Errorf("%v, %d left", err, len(d))
		}
		if _, err := kinds.OSKey().Unwrap(t.Context(), slot, file); !errors.Is(err, ErrNotInKeyring) {
			t.Errorf("a key that was removed: %v", err)
		}
		d[osName(recipient)] = "canary"
		if _, err := kinds.OSKey().Unwrap(t.Context(), slot, file); !errors.Is(err, ErrNoKeyring) {
			t.Errorf("no identity: %v", err)
		}
	}
}
