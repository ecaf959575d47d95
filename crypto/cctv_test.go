package crypto

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	agetest "c2sp.org/CCTV/age"
	"filippo.io/age"
)

// cctvVector is one of the community's test vectors for implementations of age.
type cctvVector struct {
	expect     string
	payload    []byte // SHA-256
	stock      []age.Identity
	identities []string // what the others are made of
	ours       []func([]*age.Stanza) ([]byte, error)
	armored    bool
	file       []byte
}

// Our way to open an age file has to come to the same verdict as age's on every
// vector, and to the same plaintext; on an error it returns no plaintext at all.
func TestCCTV(t *testing.T) {
	files, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, f := range files {
		b, err := fs.ReadFile(agetest.Vectors, f.Name())
		if err != nil {
			t.Fatal(err)
		}
		v := parseCCTV(t, b)
		if v.armored {
			continue // a vault's files are binary
		}
		ran[v.expect]++
		t.Run(f.Name(), func(t *testing.T) { testCCTV(t, v) })
	}
	t.Log(ran)
	for _, expect := range []string{"success", "no match", "HMAC failure", "header failure", "payload failure"} {
		if ran[expect] == 0 {
			t.Errorf("no vector of %q", expect)
		}
	}
}

func testCCTV(t *testing.T, v cctvVector) {
	var want []byte
	r, wantErr := age.Decrypt(bytes.NewReader(v.file), v.stock...)
	if wantErr == nil {
		want, wantErr = io.ReadAll(r)
	}
	got, err := openAge(v.file, 4<<20, func(stanzas []*age.Stanza) ([]byte, error) {
		for _, unwrap := range v.ours {
			fileKey, err := unwrap(stanzas)
			if !errors.Is(err, age.ErrIncorrectIdentity) {
				return fileKey, err
			}
		}
		return nil, age.ErrIncorrectIdentity
	})
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("age says %v, we say %v", wantErr, err)
	}
	if (err == nil) != (v.expect == "success") {
		t.Fatalf("expected %s, got %v", v.expect, err)
	}
	if err != nil && got != nil {
		t.Fatal("a plaintext comes with the error")
	}
	if err == nil {
		if sum := sha256.Sum256(got); !bytes.Equal(got, want) || !bytes.Equal(sum[:], v.payload) {
			t.Fatal("another plaintext")
		}
	}
	if noMatch := errors.Is(err, age.ErrIncorrectIdentity); noMatch != (v.expect == "no match") {
		t.Fatalf("expected %s, got %v", v.expect, err)
	}
	if v.expect == "HMAC failure" && !errors.Is(err, ErrForged) {
		t.Fatalf("expected %s, got %v", v.expect, err)
	}
}

// ourUnwrap is our side of age's rule that the first stanza that fits decides.
func ourUnwrap(k *Keys) func([]*age.Stanza) ([]byte, error) {
	return func(stanzas []*age.Stanza) ([]byte, error) {
		for _, s := range stanzas {
			fileKey, err := k.unwrap(s)
			if !errors.Is(err, age.ErrIncorrectIdentity) {
				return fileKey, err
			}
		}
		return nil, age.ErrIncorrectIdentity
	}
}

func parseCCTV(t testing.TB, b []byte) (v cctvVector) {
	t.Helper()
	compressed := false
	for {
		line, rest, ok := bytes.Cut(b, []byte("\n"))
		if !ok {
			t.Fatal("no payload")
		}
		b = rest
		if len(line) == 0 {
			break
		}
		key, value, _ := strings.Cut(string(line), ": ")
		switch key {
		case "expect":
			v.expect = value
		case "payload":
			sum, err := hex.DecodeString(value)
			if err != nil {
				t.Fatal(err)
			}
			v.payload = sum
		case "identity":
			v.identities = append(v.identities, value)
			i, err := ParseIdentity(value)
			if err != nil {
				t.Fatal(err)
			}
			k, err := i.Unlock(ID{})
			if err != nil {
				t.Fatal(err)
			}
			v.stock = append(v.stock, ageIdentity(t, i))
			v.ours = append(v.ours, ourUnwrap(k))
		case "passphrase":
			v.identities = append(v.identities, value)
			i, err := age.NewScryptIdentity(value)
			if err != nil {
				t.Fatal(err)
			}
			v.stock = append(v.stock, i)
			v.ours = append(v.ours, i.Unwrap)
		case "armored":
			v.armored = true
		case "compressed":
			compressed = true
		case "file key", "comment":
		default:
			t.Fatalf("unknown key %q", key)
		}
	}
	v.file = b
	if compressed {
		r, err := zlib.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if v.file, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return v
}
