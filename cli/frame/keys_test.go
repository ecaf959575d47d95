package frame

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/keyring"
)

// What nobody named is tried in this order: environment, credentials, TPM, the
// system's keyring, default identity file; what is given is tried alone.
func TestOrderOfWays(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	for _, path := range []string{"given", "named", "credentials/tacit-identity", "tacit/identity.txt"} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := keyring.CreateIdentityFile(path, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"phrase", "credentials/tacit-passphrase"} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte("phrase\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := func(name string) string { return "identity file " + filepath.Join(dir, name) }
	credentials := []string{file("credentials/tacit-identity"), "passphrase"}
	for name, c := range map[string]struct {
		env  map[string]string
		give func(*Session)
		want []string
	}{
		"nothing": {nil, nil, []string{"TPM", "system's keyring", file("tacit/identity.txt")}},
		"credentials": {
			map[string]string{"CREDENTIALS_DIRECTORY": filepath.Join(dir, "credentials")},
			nil,
			slices.Concat(credentials, []string{"TPM", "system's keyring", file("tacit/identity.txt")}),
		},
		"environment": { // in the place of the default file
			map[string]string{"CREDENTIALS_DIRECTORY": filepath.Join(dir, "credentials"), "TACIT_IDENTITY": filepath.Join(dir, "named")},
			nil,
			slices.Concat([]string{file("named")}, credentials, []string{"TPM", "system's keyring"}),
		},
		"given": {
			map[string]string{"CREDENTIALS_DIRECTORY": filepath.Join(dir, "credentials"), "TACIT_IDENTITY": filepath.Join(dir, "named")},
			func(s *Session) {
				s.PassphraseFile = filepath.Join(dir, "phrase")
				if err := s.Identities.Set(filepath.Join(dir, "given")); err != nil {
					t.Fatal(err)
				}
			},
			[]string{file("given"), "passphrase"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Session{App: New(), Globals: cmdline.Globals{PassphraseFD: cmdline.NoFD}}
			s.Env = func(name string) string { return c.env[name] }
			if c.give != nil {
				c.give(s)
			}
			w, err := s.AvailableKeys(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, k := range w.Keys {
				got = append(got, k.Name())
			}
			if !slices.Equal(got, c.want) || w.Given != (c.give != nil) {
				t.Errorf("%q, given: %t; want %q", got, w.Given, c.want)
			}
		})
	}
}

func TestKeyErrorKeepsTheCause(t *testing.T) {
	if err := KeyError(fmt.Errorf("identity file: %w", fs.ErrNotExist)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
}
