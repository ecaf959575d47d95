package sshkey

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/keyring/keyringtest"
)

var kinds = keyring.Kinds{SSH: Kind{}}

// Keys that ssh-keygen makes open their slots, encrypted ones ask once, and only
// for their own; stock age opens what is sealed to them.
func TestSSH(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"ed25519":      {"-t", "ed25519", "-N", ""},
		"rsa":          {"-t", "rsa", "-b", "2048", "-N", ""},
		"rsa-pem":      {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""},
		"ed25519-lock": {"-t", "ed25519", "-N", "canary phrase"},
		"rsa-lock":     {"-t", "rsa", "-b", "2048", "-N", "canary phrase"},
		"rsa-pem-lock": {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "canary phrase"},
	} {
		if testing.Short() && strings.HasPrefix(name, "rsa") && strings.HasSuffix(name, "lock") {
			continue // many passphrases are tried, each for long
		}
		path := filepath.Join(dir, name)
		keyringtest.Run(t, "ssh-keygen", append(args, "-q", "-C", "a comment", "-f", path)...)
		public, err := os.ReadFile(path + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		lock, err := keyring.LockSpec{Kind: crypto.KindSSH, Recipient: string(public)}.Lock(keyring.LockOptions{Kinds: kinds})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(lock.Public(), "comment") || lock.PostQuantum() {
			t.Errorf("%s: public %q", name, lock.Public())
		}
		if list := keyringtest.Run(t, "ssh-keygen", "-l", "-f", path+".pub"); !strings.Contains(list, keyring.Fingerprint(crypto.KindSSH, lock.Public())) {
			t.Errorf("%s: fingerprint %s, ssh-keygen says %s", name, keyring.Fingerprint(crypto.KindSSH, lock.Public()), list)
		}
		slot, file := keyringtest.Sealed(t, lock)
		locked := strings.HasSuffix(name, "lock")
		ask := keyringtest.Pins{}
		if locked {
			ask = keyringtest.Pins{"wrong", "canary phrase"}
		}
		id, err := keyring.IdentityFile(path, keyring.FileOptions{Ask: &ask, Kinds: kinds})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if rs, err := id.Recipients(); err != nil || len(rs) != 1 || rs[0] != lock.Public() {
			t.Errorf("%s: recipients %v, %v", name, rs, err)
		}
		otherSlot, otherFile := keyringtest.Sealed(t, stranger(t))
		for _, recipient := range []string{otherSlot.Recipient, ""} { // a carved slot has no recipient
			otherSlot.Recipient = recipient
			if _, err := id.Unwrap(t.Context(), otherSlot, otherFile); !errors.Is(err, keyring.ErrWrongKey) || locked && len(ask) != 2 {
				t.Errorf("%s, a slot of another key: %v, %d passphrases left", name, err, len(ask))
			}
		}
		for _, recipient := range []string{slot.Recipient, ""} {
			slot.Recipient = recipient
			if got, err := id.Unwrap(t.Context(), slot, file); err != nil || string(got) != "x\n" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		if !locked {
			stockAge(t, path, file)
			continue
		}
		for _, wrong := range []keyringtest.Pins{{"a", "b", "c"}, {}} {
			id, err := keyring.IdentityFile(path, keyring.FileOptions{Ask: &wrong, Kinds: kinds})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := id.Unwrap(t.Context(), slot, file); !errors.Is(err, keyring.ErrUnavailable) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func stranger(t testing.TB) keyring.Lock {
	t.Helper()
	dir := t.TempDir()
	keyringtest.Run(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, "k"))
	b, err := os.ReadFile(filepath.Join(dir, "k.pub"))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := kinds.Recipient(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

// stockAge opens a slot with the age command, where it is there, and else with
// age's library.
func stockAge(t *testing.T, identity string, file []byte) {
	t.Helper()
	if program := os.Getenv("TACIT_TEST_AGE"); program != "" {
		cmd := exec.Command(program, "-d", "-i", identity)
		cmd.Stdin = bytes.NewReader(file)
		if out, err := cmd.Output(); err != nil || string(out) != "x\n" {
			t.Errorf("age: %q, %v", out, err)
		}
		return
	}
	b, err := os.ReadFile(identity)
	if err != nil {
		t.Fatal(err)
	}
	id, err := agessh.ParseIdentity(b)
	if err == nil {
		_, err = age.Decrypt(bytes.NewReader(file), id)
	}
	if err != nil {
		t.Errorf("age: %v", err)
	}
}

func TestSSHRefuses(t *testing.T) {
	dir := t.TempDir()
	keyringtest.Run(t, "ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", filepath.Join(dir, "ecdsa"))
	keyringtest.Run(t, "ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", filepath.Join(dir, "small"))
	for _, name := range []string{"ecdsa", "small"} {
		b, err := os.ReadFile(filepath.Join(dir, name+".pub"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Kind{}).Lock(string(b)); !errors.Is(err, keyring.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := keyring.IdentityFile(filepath.Join(dir, "ecdsa"), keyring.FileOptions{Kinds: kinds}); !errors.Is(err, keyring.ErrMalformed) {
		t.Errorf("a private key of another type: %v", err)
	}
	private, err := os.ReadFile(filepath.Join(dir, "ecdsa"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-rsa !!!", string(private), strings.Repeat("x", 100_000)} {
		if _, err := (Kind{}).Lock(bad); !errors.Is(err, keyring.ErrMalformed) || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// keyText is the file of an SSH key, always the same.
func keyText(t testing.TB) []byte {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "")
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

// An SSH key takes none of the community's test vectors, and says so in its classes.
func TestSSHCCTV(t *testing.T) {
	key, err := keyring.IdentityText("file", keyText(t), keyring.FileOptions{Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.Recipients()
	if err != nil {
		t.Fatal(err)
	}
	keyringtest.RefusesCCTV(t, key, crypto.Slot{Kind: crypto.KindSSH, Recipient: public[0]})
}

// FuzzSSHRecipient: a public key that is taken is kept in a form that is taken
// again, for the same key.
func FuzzSSHRecipient(f *testing.F) {
	key, err := keyring.IdentityText("file", keyText(f), keyring.FileOptions{Kinds: kinds})
	if err != nil {
		f.Fatal(err)
	}
	public, err := key.Recipients()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		public[0], public[0] + " me@here\n", "# x\n" + public[0], `command="x" ` + public[0], "ssh-rsa AAAA", "", "\n",
		"sk-ssh-ed25519@openssh.com AAAA", "-----BEGIN OPENSSH PRIVATE KEY-----\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lock, err := (Kind{}).Lock(s)
		if err != nil {
			if !errors.Is(err, keyring.ErrMalformed) || strings.Contains(err.Error(), "PRIVATE") {
				t.Fatal(err)
			}
			return
		}
		again, err := (Kind{}).Lock(lock.Public())
		if err != nil || again.Public() != lock.Public() {
			t.Fatalf("%q becomes %q: %v", s, lock.Public(), err)
		}
		if strings.ContainsFunc(lock.Public(), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q would not fit the slot table", lock.Public())
		}
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(lock.Public()))
		if got := keyring.Fingerprint(crypto.KindSSH, lock.Public()); err != nil || got != ssh.FingerprintSHA256(key) {
			t.Fatalf("%q has the fingerprint %s, %v", lock.Public(), got, err)
		}
	})
}

// FuzzPrivateKey: a file that says to be a private key is a key, or an error.
func FuzzPrivateKey(f *testing.F) {
	f.Add(keyText(f))
	for _, seed := range []string{"-----BEGIN OPENSSH PRIVATE KEY-----\n", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		id, err := (Kind{}).Identity("file", "/nowhere/file", data, keyring.FileOptions{})
		if (id == nil) == (err == nil) {
			t.Errorf("%v, %v", id, err)
		}
	})
}
