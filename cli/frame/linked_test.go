package frame

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"filippo.io/age/plugin"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// ofKind is a lock whose slots are said to be of another kind.
type ofKind struct {
	keyring.Lock
	kind string
}

func (k ofKind) Kind() string { return k.kind }

// A program without some kinds of keys says so before it asks anybody, remembers
// anything of the vault, or reads what can be read once: another program that has them
// can then do it all.
func TestNotLinked(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir) // no identity file there
	plain := filepath.Join(dir, "plain")
	recipient, err := keyring.CreateIdentityFile(plain, false)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := encryptedIdentity(t, filepath.Join(dir, "encrypted"))
	ssh := filepath.Join(dir, "ssh")
	if err := os.WriteFile(ssh, []byte("-----BEGIN OPENSSH PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ran := pluginInPath(t, "toy")
	plugins := filepath.Join(dir, "plugins")
	if err := os.WriteFile(plugins, []byte(plugin.EncodeIdentity("toy", []byte("x"))), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kind  string // of a second slot
		named string // the identity file that the environment names
		want  error
	}{
		"age":                    {keyring.KindAge, plain, nil},
		"a TPM":                  {keyring.KindTPM, "", keyring.ErrNotLinked},
		"the system's keyring":   {keyring.KindKeyring, "", keyring.ErrNotLinked},
		"age, and a TPM":         {keyring.KindTPM, plain, nil}, // which comes later
		"an SSH key":             {keyring.KindAge, ssh, keyring.ErrNotLinked},
		"an encrypted identity":  {keyring.KindTPM, encrypted, keyring.ErrNotLinked},
		"a plugin":               {keyring.KindPlugin, plugins, keyring.ErrNotLinked},
		"standard input":         {keyring.KindAge, "-", keyring.ErrNotLinked},
		"another, and a keyring": {keyring.KindKeyring, otherIdentity(t, dir), keyring.ErrNotLinked},
	} {
		t.Run(name, func(t *testing.T) {
			place, state, said := filepath.Join(t.TempDir(), "vault"), t.TempDir(), &bytes.Buffer{}
			lock, err := keyring.Recipient(recipient)
			if err != nil {
				t.Fatal(err)
			}
			v, err := vault.Create(t.Context(), place, vault.CreateOptions{State: t.TempDir(), Slots: []vault.NewSlot{
				{Label: "a", Lock: lock}, {Label: "b", Lock: ofKind{lock, c.kind}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			s := &Session{App: New(), Globals: cmdline.Globals{PassphraseFD: cmdline.NoFD, State: state, AllowOwner: cmdline.NoOwner}, Results: bufio.NewWriter(io.Discard)}
			s.Env = func(name string) string { return map[string]string{"TACIT_IDENTITY": c.named}[name] }
			s.Err = said
			s.TTY = func() (*terminal.TTY, error) { t.Error("somebody was asked"); return nil, os.ErrNotExist }
			v, err = s.OpenHere(t.Context(), place, s.Options(false), ToRead)
			if !errors.Is(err, c.want) {
				t.Fatalf("%v", err)
			}
			if err == nil {
				v.Close()
				return
			}
			if left, err := os.ReadDir(state); err != nil || len(left) > 0 || said.Len() > 0 {
				t.Errorf("remembered %v, %v; said %q", left, err, said)
			}
			if _, err := os.Stat(ran); err == nil {
				t.Error("a plugin was run")
			}
		})
	}
}

// pluginInPath is an age plugin that makes a file when it is run.
func pluginInPath(t *testing.T, name string) (ran string) {
	t.Helper()
	dir := t.TempDir()
	ran = filepath.Join(dir, "ran")
	if err := os.WriteFile(filepath.Join(dir, "age-plugin-"+name), []byte("#!/bin/sh\n: >'"+ran+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return ran
}

func otherIdentity(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "other")
	if _, err := keyring.CreateIdentityFile(path, false); err != nil {
		t.Fatal(err)
	}
	return path
}

// encryptedIdentity is an identity file that a passphrase encrypts.
func encryptedIdentity(t *testing.T, path string) string {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.NewScryptRecipient("phrase")
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(4)
	var file bytes.Buffer
	w, err := age.Encrypt(&file, r)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, id.String())
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
