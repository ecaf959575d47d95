package keyring

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring/keyringtest"
)

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
	for _, v := range keyringtest.CCTV(t) {
		phrase := v.Phrase
		if phrase == "" {
			phrase = "password"
		}
		want, wantErr := decryptStock(v.Data, []byte(phrase))
		got, err := newEncryptedFile("file", v.Data, FileOptions{}).decrypt([]byte(phrase))
		switch {
		case err != nil && got != nil:
			t.Errorf("%s: a plaintext comes with the error", v.Name)
		case (err == nil) != (wantErr == nil):
			t.Errorf("%s: age says %v, we say %v", v.Name, wantErr, err)
		case err == nil:
			opened++
			if !bytes.Equal(got, want) {
				t.Errorf("%s: another plaintext", v.Name)
			}
		default:
			refused++
			if !errors.Is(err, ErrWrongKey) && !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: an error of no class: %v", v.Name, err)
			}
			if len(err.Error()) > 500 {
				t.Errorf("%s: an error of %d bytes", v.Name, len(err.Error()))
			}
		}
		if v.Phrase != "" && v.Expect == "no match" && strings.HasSuffix(v.Name, "_no_match") && !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s: %v, must be a wrong passphrase", v.Name, err)
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
	for _, v := range keyringtest.CCTV(t) {
		phrase := v.Phrase
		if phrase == "" {
			phrase = "password"
		}
		path := write(t, string(v.Data))
		id, err := IdentityFile(path, FileOptions{Ask: &keyringtest.Pins{phrase, phrase, phrase}})
		if err == nil {
			var got []string
			if got, err = id.Recipients(); err == nil {
				t.Errorf("%s: recipients %q", v.Name, got)
			}
		}
		if len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", v.Name, len(err.Error()))
		}
	}
}

// A plugin's slot takes none of the vectors, and says so in its classes.
func TestCCTVPlugin(t *testing.T) {
	keyringtest.RefusesCCTV(t, &ageFile{name: "none"}, crypto.Slot{Kind: crypto.KindPlugin})
}
