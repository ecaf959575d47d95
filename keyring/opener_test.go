package keyring

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/tacit-vault/tacit/keyring/keyringtest"
)

func ageFileFor(t *testing.T, text string, armored bool, r ...age.Recipient) []byte {
	t.Helper()
	var file bytes.Buffer
	if armored {
		a := armor.NewWriter(&file)
		w, err := age.Encrypt(a, r...)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
		if err := errors.Join(w.Close(), a.Close()); err != nil {
			t.Fatal(err)
		}
		return file.Bytes()
	}
	w, err := age.Encrypt(&file, r...)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestOpener(t *testing.T) {
	mine, _ := age.GenerateX25519Identity()
	other, _ := age.GenerateX25519Identity()
	path := encryptTo(t, mine.String()+"\n", "canary phrase", 4, true)
	ask := keyringtest.Pins{"wrong", "canary phrase"}
	id, err := IdentityFile(path, FileOptions{Ask: &ask})
	if err != nil {
		t.Fatal(err)
	}
	o := NewOpener(id)
	for _, armored := range []bool{false, true} {
		got, err := o.Open(t.Context(), ageFileFor(t, "secret", armored, other.Recipient(), mine.Recipient()), 100)
		if err != nil || string(got) != "secret" || len(ask) != 0 {
			t.Errorf("armored %v: %q, %v, %d to ask", armored, got, err, len(ask))
		}
	}
	whole := ageFileFor(t, strings.Repeat("x", 101), false, mine.Recipient())
	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"other", ageFileFor(t, "secret", false, other.Recipient()), ErrWrongKey},
		{"too big", whole, ErrTooBig},
		{"cut", whole[:len(whole)-1], ErrMalformed},
		{"none", []byte("canary"), ErrMalformed},
		{"empty", nil, ErrMalformed},
	} {
		got, err := o.Open(t.Context(), c.file, 100)
		if !errors.Is(err, c.want) || got != nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := o.Open(t.Context(), whole, 101); err != nil || len(got) != 101 {
				t.Errorf("at once: %d bytes, %v", len(got), err)
			}
		})
	}
	wg.Wait()
}

func TestOpenerWithoutKey(t *testing.T) {
	mine, _ := age.GenerateX25519Identity()
	file := ageFileFor(t, "secret", false, mine.Recipient())
	if _, err := NewOpener().Open(t.Context(), file, 100); !errors.Is(err, ErrEmpty) {
		t.Errorf("no identity: %v", err)
	}
	path := encryptTo(t, mine.String(), "phrase", 4, false)
	id, err := IdentityFile(path, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewOpener(id).Open(t.Context(), file, 100); !errors.Is(err, ErrUnavailable) {
		t.Errorf("nobody to ask: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || bytes.Contains(b, []byte(mine.String())) {
		t.Errorf("the identity is in the clear: %v", err)
	}
}
