package keyringtest

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	agetest "c2sp.org/CCTV/age"

	"github.com/tacit-vault/tacit/crypto"
)

// A Vector is one of the community's test vectors for implementations of age.
type Vector struct {
	Name, Expect string
	Phrase       string // "" where it is not for a passphrase
	Armored      bool
	Data         []byte
}

// CCTV are the vectors.
func CCTV(t testing.TB) (list []Vector) {
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
		v := Vector{Name: entry.Name(), Data: data}
		for line := range strings.Lines(string(head)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "expect":
				v.Expect = value
			case "passphrase":
				v.Phrase = value
			case "armored":
				v.Armored = true
			case "compressed":
				r, err := zlib.NewReader(bytes.NewReader(data))
				if err == nil {
					v.Data, err = io.ReadAll(r)
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

// RefusesCCTV holds a key that none of the vectors is for against all of them, as slots
// like s: it opens none, and its errors are of the classes that a key has.
func RefusesCCTV(t *testing.T, key crypto.Key, s crypto.Slot) {
	t.Helper()
	for _, v := range CCTV(t) {
		s.ID, s.Label, s.Sum = 1, "vector", crypto.Sum(v.Data)
		got, err := key.Unwrap(t.Context(), s, v.Data)
		if err == nil || got != nil {
			t.Errorf("%s opens a slot of kind %s", v.Name, s.Kind)
			continue
		}
		if !errors.Is(err, crypto.ErrMalformed) && !errors.Is(err, crypto.ErrWrongKey) && !errors.Is(err, crypto.ErrLimit) && !errors.Is(err, crypto.ErrForged) {
			t.Errorf("%s, %s: an error of no class: %v", v.Name, s.Kind, err)
		}
	}
}
