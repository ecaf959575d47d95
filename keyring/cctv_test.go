package keyring

import (
	"bytes"
	"compress/zlib"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	agetest "c2sp.org/CCTV/age"
	"filippo.io/age"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring/keyringtest"
)

// A cctvFile is one of the community's test vectors for implementations of age.
type cctvFile struct {
	name, expect string
	phrase       string // "" where it is not for a passphrase
	armored      bool
	data         []byte
}

func cctvFiles(t testing.TB) (list []cctvFile) {
	t.Helper()
	entries, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		b, err := fs.ReadFile(agetest.Vectors, entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		head, data, ok := bytes.Cut(b, []byte("\n\n"))
		if !ok {
			t.Fatalf("%s has no payload", entry.Name())
		}
		v := cctvFile{name: entry.Name(), data: data}
		for line := range strings.Lines(string(head)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "expect":
				v.expect = value
			case "passphrase":
				v.phrase = value
			case "armored":
				v.armored = true
			case "compressed":
				r, err := zlib.NewReader(bytes.NewReader(data))
				if err == nil {
					v.data, err = io.ReadAll(r)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		list = append(list, v)
	}
	if len(list) < 100 {
		t.Fatalf("%d vectors", len(list))
	}
	return list
}

// decryptStock is what age itself makes of a file and a passphrase.
func decryptStock(data, phrase []byte) ([]byte, error) {
	i, err := age.NewScryptIdentity(string(phrase))
	if err != nil {
		return nil, err
	}
	i.SetMaxWorkFactor(maxFileLogN)
	var r io.Reader = bytes.NewReader(data)
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte(armor.Header)) {
		r = armor.NewReader(r)
	}
	plain, err := age.Decrypt(r, i)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}

// An encrypted identity file opens where age opens it, gives what age gives, and
// gives nothing with an error.
func TestCCTVEncryptedFile(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	opened, refused := 0, 0
	for _, v := range cctvFiles(t) {
		phrase := v.phrase
		if phrase == "" {
			phrase = "password"
		}
		want, wantErr := decryptStock(v.data, []byte(phrase))
		got, err := newEncryptedFile("file", v.data, FileOptions{}).decrypt([]byte(phrase))
		switch {
		case err != nil && got != nil:
			t.Errorf("%s: a plaintext comes with the error", v.name)
		case (err == nil) != (wantErr == nil):
			t.Errorf("%s: age says %v, we say %v", v.name, wantErr, err)
		case err == nil:
			opened++
			if !bytes.Equal(got, want) {
				t.Errorf("%s: another plaintext", v.name)
			}
		default:
			refused++
			if !errors.Is(err, ErrWrongKey) && !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: an error of no class: %v", v.name, err)
			}
			if len(err.Error()) > 500 {
				t.Errorf("%s: an error of %d bytes", v.name, len(err.Error()))
			}
		}
		if v.phrase != "" && v.expect == "no match" && strings.HasSuffix(v.name, "_no_match") && !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s: %v, must be a wrong passphrase", v.name, err)
		}
	}
	t.Logf("%d opened, %d refused as age does", opened, refused)
	if opened == 0 || refused < 100 {
		t.Error("too few vectors")
	}
}

// As an identity file, a vector is refused or asks for its passphrase: none holds
// an identity.
func TestCCTVIdentityFile(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	for _, v := range cctvFiles(t) {
		phrase := v.phrase
		if phrase == "" {
			phrase = "password"
		}
		path := write(t, string(v.data))
		id, err := IdentityFile(path, FileOptions{Ask: &keyringtest.Pins{phrase, phrase, phrase}})
		if err == nil {
			var got []string
			if got, err = id.Recipients(); err == nil {
				t.Errorf("%s: recipients %q", v.name, got)
			}
		}
		if len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", v.name, len(err.Error()))
		}
	}
}

// sshKeyText is the file of an SSH key, always the same.
func sshKeyText(t testing.TB) []byte {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "")
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

// The keys of SSH and TPM slots take none of the vectors, and say so in their
// classes.
func TestCCTVOtherKeys(t *testing.T) {
	key, err := parse("file", "/nowhere/file", sshKeyText(t), FileOptions{Kinds: withSSH})
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.Recipients()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range cctvFiles(t) {
		for _, c := range []struct {
			kind, recipient string
			key             Key
		}{
			{crypto.KindSSH, public[0], key},
			{crypto.KindTPM, "", MachineTPM{}.Key(TPMOptions{Device: "/nowhere"})},
			{crypto.KindPlugin, "", &ageFile{name: "none"}},
		} {
			s := crypto.Slot{ID: 1, Label: "vector", Kind: c.kind, Recipient: c.recipient, Sum: crypto.Sum(v.data)}
			got, err := c.key.Unwrap(t.Context(), s, v.data)
			if err == nil || got != nil {
				t.Errorf("%s opens a slot of kind %s", v.name, c.kind)
				continue
			}
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrWrongKey) && !errors.Is(err, crypto.ErrLimit) && !errors.Is(err, crypto.ErrForged) {
				t.Errorf("%s, %s: an error of no class: %v", v.name, c.kind, err)
			}
		}
	}
}
