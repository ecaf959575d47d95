package crypto

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// The vectors are for those who read or write vaults with other programs. They
// are made here, from inputs that are fixed, and the tests hold the committed
// files to two things: they mean what they say, and they come out the same.
var update = flag.Bool("update", false, "write testdata/vectors and crypto/testdata anew")

func vectorPath(name string) string { return filepath.Join("..", "testdata", "vectors", name) }

// compareVectors holds a committed file of vectors to the one that is made now.
func compareVectors(t *testing.T, name string, made any) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(made); err != nil {
		t.Fatal(err)
	}
	compareFile(t, vectorPath(name), b.Bytes())
}

func compareFile(t *testing.T, path string, made []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, made) {
		t.Errorf("%s is not what is made now: if the format did not change, the code did", path)
	}
}

// readVectors reads a committed file of vectors.
func readVectors(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(vectorPath(name))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
}

// hexBytes are hex in JSON.
type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// errorName is how the vectors name what an error wraps; "" is none.
func errorName(err error) string {
	if err == nil {
		return ""
	}
	for _, c := range []struct {
		class error
		name  string
	}{
		{ErrMalformed, "malformed"},
		{ErrLimit, "limit"},
		{ErrNewer, "newer"},
		{ErrForged, "forged"},
		{ErrNotBound, "not bound"},
		{ErrWrongKey, "wrong key"},
		{ErrMissing, "missing"},
		{ErrUnproven, "unproven"},
	} {
		if errors.Is(err, c.class) {
			return c.name
		}
	}
	return "another error: " + err.Error()
}
