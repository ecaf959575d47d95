package keyring

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/tacit-vault/tacit/crypto"
)

// FuzzEncryptedFile holds an encrypted identity file against age's own library:
// the same verdict and the same text on whatever a fuzzer makes of age's vectors,
// no text with an error, and no error longer than a line.
func FuzzEncryptedFile(f *testing.F) {
	phrase := ""
	for _, v := range cctvFiles(f) {
		if (v.phrase != "" || v.armored) && len(v.data) < 8<<10 {
			f.Add(v.data)
		}
		if v.name == "scrypt" {
			phrase = v.phrase
		}
	}
	if phrase == "" {
		f.Fatal("no seeds")
	}
	work := regexp.MustCompile(`-> scrypt \S+ \d{2,}`) // 2^10 and more: too much to fuzz
	f.Fuzz(func(t *testing.T, data []byte) {
		plain := data
		if text := bytes.TrimSpace(data); bytes.HasPrefix(text, []byte(armor.Header)) {
			b := new(bytes.Buffer)
			b.ReadFrom(armor.NewReader(bytes.NewReader(text)))
			plain = b.Bytes()
		}
		if work.Match(plain) {
			return
		}
		want, wantErr := decryptStock(data, []byte(phrase))
		got, err := newEncryptedFile("file", data, FileOptions{}).decrypt([]byte(phrase))
		switch {
		case errors.Is(err, ErrTooBig):
			if len(want) <= MaxIdentityFile && wantErr == nil {
				t.Fatal("too big, and is not")
			}
		case (err == nil) != (wantErr == nil):
			t.Fatalf("age says %v, we say %v", wantErr, err)
		case err != nil && got != nil:
			t.Fatal("a text comes with the error")
		case err == nil && !bytes.Equal(got, want):
			t.Fatal("another text than age's")
		}
		if err != nil && len(err.Error()) > 500 {
			t.Fatalf("an error of %d bytes", len(err.Error()))
		}
	})
}

// FuzzSSHRecipient: a public key that is taken is kept in a form that is taken
// again, for the same key.
func FuzzSSHRecipient(f *testing.F) {
	key, err := parse("file", "/nowhere/file", sshKeyText(f), FileOptions{Kinds: withSSH})
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
		lock, err := SSHKeys{}.Lock(s)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "PRIVATE") {
				t.Fatal(err)
			}
			return
		}
		again, err := SSHKeys{}.Lock(lock.Public())
		if err != nil || again.Public() != lock.Public() {
			t.Fatalf("%q becomes %q: %v", s, lock.Public(), err)
		}
		if strings.ContainsFunc(lock.Public(), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q would not fit the slot table", lock.Public())
		}
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(lock.Public()))
		if got := Fingerprint(crypto.KindSSH, lock.Public()); err != nil || got != ssh.FingerprintSHA256(key) {
			t.Fatalf("%q has the fingerprint %s, %v", lock.Public(), got, err)
		}
	})
}

// FuzzPassphraseFile: what is read is what is in the file but for one newline,
// or is refused.
func FuzzPassphraseFile(f *testing.F) {
	for _, s := range []string{"", "\n", "a\n", "a\r\n", "a\n\n", "\r\n", strings.Repeat("x", maxPassphrase+2), strings.Repeat("x", maxPassphrase) + "\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readPassphrase(bytes.NewReader(b), "file")
		want, _ := bytes.CutSuffix(b, []byte("\n"))
		if len(want) < len(b) {
			want = bytes.TrimSuffix(want, []byte("\r"))
		}
		switch {
		case err == nil && !bytes.Equal(got, want):
			t.Fatal("another passphrase")
		case err != nil && !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrTooBig):
			t.Fatal(err)
		case errors.Is(err, ErrEmpty) != (len(want) == 0), errors.Is(err, ErrTooBig) != (len(want) > maxPassphrase):
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		if err != nil {
			return
		}
		// As a lock it is taken, or refused by name.
		p, err := crypto.NewPassphrase(got, crypto.WithWorkFactor(1))
		if err != nil && !errors.Is(err, crypto.ErrMalformed) && !errors.Is(err, crypto.ErrLimit) {
			t.Fatal(err)
		}
		if err == nil && strings.Contains(p.Name(), string(got)) && len(got) > len("passphrase") {
			t.Fatal("the passphrase's name holds it")
		}
	})
}

// FuzzLockSpec: a description of a lock that comes over a socket makes a lock
// that the slot table can hold, or is refused by name.
func FuzzLockSpec(f *testing.F) {
	f.Setenv("PATH", f.TempDir()) // no plugins
	for _, s := range []string{
		`{"kind":"passphrase","phrase":"YWJj"}`, `{"kind":"recovery","phrase":"QS1iIGM="}`, `{"kind":"recovery","phrase":"LSA="}`,
		`{"kind":"age","recipient":"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"}`,
		`{"kind":"keyring","recipient":"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"}`,
		`{"kind":"ssh","recipient":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"}`,
		`{"kind":"plugin","recipient":"age1yubikey1q2w7u3vpya839jxxuq8g0sedh3d740d4xvn639sqhr95ejj8vu3hyfumptt"}`,
		`{"kind":"tpm","pin":"MTIzNA==","pcrs":[7,0]}`, `{"kind":"tpm","pcrs":[24,-1]}`, `{"kind":"x"}`, `{}`, `[]`, `null`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var l LockSpec
		if json.Unmarshal(b, &l) != nil {
			return
		}
		lock, err := l.Lock(LockOptions{ScryptLogN: 1, TPM: "/nowhere", Kinds: Kinds{SSH: SSHKeys{}, TPM: MachineTPM{}}})
		if (lock == nil) == (err == nil) {
			t.Fatalf("%v, %v", lock, err)
		}
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, crypto.ErrLimit) && !errors.Is(err, ErrUnavailable) {
				t.Fatalf("an error of no class: %v", err)
			}
			return
		}
		slot := crypto.Slot{ID: 1, Label: "fuzz", Kind: lock.Kind(), Recipient: lock.Public()}
		if err := crypto.CheckSlots([]crypto.Slot{slot}, 2); err != nil {
			t.Fatalf("a lock that no table can hold: %v", err)
		}
		if spec, ok := Relock(slot.Kind, slot.Recipient); ok {
			if again, err := spec.Lock(LockOptions{Kinds: withSSH}); err != nil || again.Public() != lock.Public() || again.Kind() != lock.Kind() {
				t.Fatalf("made anew it is another: %v", err)
			}
		}
	})
}
