package keyring

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age/armor"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/textfile"
	"github.com/tacit-vault/tacit/keyring/keyringtest"
)

// FuzzEncryptedFile holds an encrypted identity file against age's own library:
// the same verdict and the same text on whatever a fuzzer makes of age's vectors,
// no text with an error, and no error longer than a line.
func FuzzEncryptedFile(f *testing.F) {
	phrase := ""
	for _, v := range keyringtest.CCTV(f) {
		if (v.Phrase != "" || v.Armored) && len(v.Data) < 8<<10 {
			f.Add(v.Data)
		}
		if v.Name == "scrypt" {
			phrase = v.Phrase
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

// FuzzPassphraseFile: what is read is what is in the file, in UTF-8 and but for one
// newline, or is refused.
func FuzzPassphraseFile(f *testing.F) {
	for _, s := range []string{"", "\n", "a\n", "a\r\n", "a\n\n", "\r\n", strings.Repeat("x", maxPassphrase+2), strings.Repeat("x", maxPassphrase) + "\r\n", "\xff\xfe", "\xff\xfea", "\xfe\xff\x00a\x00\n", "\xef\xbb\xbf", "\xef\xbb\xbfa\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readPassphrase(bytes.NewReader(b), "file")
		text, wrong := textfile.UTF8(bytes.Clone(b))
		fits := len(b) < len(buffer{}.data)
		if wrong != nil {
			if fits && !errors.Is(err, ErrSource) || !fits && !errors.Is(err, ErrTooBig) {
				t.Fatalf("%v, and %v", wrong, err)
			}
			return
		}
		want, cut := bytes.CutSuffix(text, []byte("\n"))
		if cut {
			want = bytes.TrimSuffix(want, []byte("\r"))
		}
		switch {
		case err == nil && !bytes.Equal(got, want):
			t.Fatal("another passphrase")
		case err != nil && !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrTooBig):
			t.Fatal(err)
		case errors.Is(err, ErrEmpty) != (len(want) == 0), errors.Is(err, ErrTooBig) != (len(want) > maxPassphrase || !fits):
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
