package bundle_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// Stock age opens a body that was cut off, with the identity in a file.
func TestStockAge(t *testing.T) {
	t.Parallel()
	program := os.Getenv("TACIT_TEST_AGE")
	if program == "" {
		t.Skip("TACIT_TEST_AGE is not set: age was NOT run")
	}
	for _, suite := range suites {
		c := newCast(t, suite)
		for _, s := range c.samples() {
			data := c.seal(t, s)
			b, err := bundle.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			key, body := filepath.Join(dir, "epoch.txt"), filepath.Join(dir, "body.age")
			if err := os.WriteFile(key, []byte(s.to.Reveal()+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(body, data[len(data)-int(b.Size):], 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(program, "-d", "-i", key, body)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			got, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s, %s: %v: %s", suite, s.name, err, stderr.Bytes())
			}
			if want := bundle.Pad(bundle.Plaintext(b.Head, s.content)); !bytes.Equal(got, want) {
				t.Errorf("%s, %s: age gives %d bytes, must be %d", suite, s.name, len(got), len(want))
			}
			if stanzas := bytes.Count(data[len(data)-int(b.Size):], []byte("\n-> ")); suite == crypto.X25519 && stanzas != 1 {
				t.Errorf("%s: %d stanzas", s.name, stanzas)
			}
		}
	}
}
