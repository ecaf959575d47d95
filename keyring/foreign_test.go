package keyring

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"filippo.io/age/plugin"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring/keyringtest"
)

// encryptTo makes an identity file that a passphrase encrypts, as age -p does.
func encryptTo(t *testing.T, text, phrase string, logN int, armored bool) string {
	t.Helper()
	var file bytes.Buffer
	r, err := age.NewScryptRecipient(phrase)
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(logN)
	out := struct{ close func() error }{func() error { return nil }}
	w := any(&file).(interface{ Write([]byte) (int, error) })
	if armored {
		a := armor.NewWriter(&file)
		w, out.close = a, a.Close
	}
	e, err := age.Encrypt(w, r)
	if err != nil {
		t.Fatal(err)
	}
	e.Write([]byte(text))
	if err := errors.Join(e.Close(), out.close()); err != nil {
		t.Fatal(err)
	}
	return write(t, file.String())
}

// An identity file that is itself encrypted asks once, when it is needed.
func TestEncryptedIdentityFile(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	lock, err := Recipient(id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	slot, file := keyringtest.Sealed(t, lock)
	text := "# created: today\n" + id.String() + "\n"
	for _, armored := range []bool{false, true} {
		path := encryptTo(t, text, "canary phrase", 4, armored)
		ask := keyringtest.Pins{"wrong", "canary phrase"}
		key, err := IdentityFile(path, FileOptions{Ask: &ask})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := key.Unwrap(t.Context(), crypto.Slot{Kind: crypto.KindSSH}, file); !errors.Is(err, ErrWrongKey) || len(ask) != 2 {
			t.Errorf("a slot that it cannot open: %v", err)
		}
		for range 2 {
			if got, err := key.Unwrap(t.Context(), slot, file); err != nil || string(got) != "x\n" {
				t.Errorf("armored %v: %q, %v", armored, got, err)
			}
		}
		if rs, err := key.Recipients(); err != nil || len(rs) != 1 || rs[0] != lock.Public() {
			t.Errorf("%v, %v", rs, err)
		}
	}
	good := encryptTo(t, text, "canary phrase", 4, true)
	for name, c := range map[string]struct {
		path string
		ask  Asker
		want error
	}{
		"nobody to ask":  {good, nil, ErrUnavailable},
		"nobody answers": {good, &keyringtest.Pins{}, ErrUnavailable},
		"wrong thrice":   {good, &keyringtest.Pins{"a", "b", "", "canary phrase"}, ErrUnavailable},
		"nothing in it":  {encryptTo(t, "# nothing\n", "p", 4, true), &keyringtest.Pins{"p"}, ErrEmpty},
		"garbage in it":  {encryptTo(t, "canary", "p", 4, true), &keyringtest.Pins{"p"}, ErrMalformed},
		"a file in it":   {encryptTo(t, "age-encryption.org/v1\n-> x", "p", 4, false), &keyringtest.Pins{"p"}, ErrMalformed},
		"too much in it": {encryptTo(t, strings.Repeat("#\n", MaxIdentityFile), "p", 4, false), &keyringtest.Pins{"p"}, nil},
		"cut short":      {write(t, "age-encryption.org/v1\n-> scrypt canary"), &keyringtest.Pins{"p"}, ErrMalformed},
		"work factor":    {write(t, "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n0123456789abcdef"), &keyringtest.Pins{"p"}, ErrMalformed},
	} {
		key, err := IdentityFile(c.path, FileOptions{Ask: c.ask})
		if err == nil {
			_, err = key.Unwrap(t.Context(), slot, file)
		}
		if err == nil || c.want != nil && !errors.Is(err, c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The plugin of age's own makers seals and opens a slot, named by the user in an
// identity file.
func TestBatchpass(t *testing.T) {
	keyringtest.Needs(t, "age-plugin-batchpass")
	t.Setenv("AGE_PASSPHRASE", "canary phrase")
	t.Setenv("AGE_PASSPHRASE_WORK_FACTOR", "4")
	identity := plugin.EncodeIdentity("batchpass", nil)
	lock, err := PluginRecipient(identity, nil)
	if err != nil {
		t.Fatal(err)
	}
	slot, file := keyringtest.Sealed(t, lock)
	if slot.Recipient != "" || slot.Kind != crypto.KindPlugin {
		t.Errorf("%+v", slot)
	}
	id, err := IdentityFile(write(t, "# mine\n"+identity+"\n"), FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := id.Unwrap(t.Context(), slot, file); err != nil || string(got) != "x\n" {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv("AGE_PASSPHRASE", "another")
	if _, err := id.Unwrap(t.Context(), slot, file); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("another passphrase: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := id.Unwrap(t.Context(), slot, file); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "age-plugin-batchpass") {
		t.Errorf("a plugin that is not there: %v", err)
	}
}

// script puts a plugin that is a shell script into PATH.
func script(t *testing.T, name, text string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "age-plugin-"+name), []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// Plugins that misbehave end in an error that names them, never in a slot.
func TestBadPlugins(t *testing.T) {
	stanza := "-> recipient-stanza 0 test\nAAAAAAAAAAAAAAAAAAAAAA\n"
	for name, text := range map[string]string{
		"exits":       "exit 3\n",
		"garbage":     "echo canary\nexec cat >/dev/null\n",
		"two stanzas": "printf -- '" + strings.ReplaceAll(stanza+stanza+"-> done\n\n", "\n", `\n`) + "'\nexec cat >/dev/null\n",
		"no stanza":   "printf -- '-> done\\n\\n'\nexec cat >/dev/null\n",
	} {
		script(t, "bad", text)
		lock, err := PluginRecipient(plugin.EncodeRecipient("bad", []byte("x")), nil)
		if err != nil {
			t.Fatal(err)
		}
		id, err := crypto.NewIdentity(crypto.X25519)
		if err != nil {
			t.Fatal(err)
		}
		if file, err := crypto.MakeSlot(id, lock); err == nil {
			t.Errorf("%s: made a slot: %q", name, file)
		}
	}
	// One that hangs does not keep us when the user has had enough.
	begun := filepath.Join(t.TempDir(), "begun")
	script(t, "bad", "echo $$ >'"+begun+"'\nexec sleep 1000\n")
	_, recipient, err := generate(false)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := Recipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	slot, file := keyringtest.Sealed(t, lock)
	slot.Kind, slot.Recipient = crypto.KindPlugin, ""
	key, err := IdentityFile(write(t, plugin.EncodeIdentity("bad", []byte("x"))), FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // once it runs: what a call that is left behind opens is in no other test's way
		for ; ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			if b, _ := os.ReadFile(begun); bytes.HasSuffix(b, []byte("\n")) {
				cancel()
			}
		}
	}()
	if _, err := key.Unwrap(ctx, slot, file); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	b, err := os.ReadFile(begun)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}

func TestPluginNames(t *testing.T) {
	for s, want := range map[string]string{
		plugin.EncodeRecipient("yubikey", []byte("x")): "yubikey",
		"age1pq1abc": "", "age1abc": "", "": "", "ssh-ed25519 x": "",
	} {
		if got, ok := PluginName(s); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
	for _, bad := range []string{"", "age1abc", "AGE-PLUGIN-X", "AGE-SECRET-KEY-1CANARY", "age1yubikey1"} {
		if _, err := PluginRecipient(bad, nil); !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	if keys, names, err := Credentials(dir, FileOptions{}, 4); err != nil || len(keys)+len(names) != 0 {
		t.Errorf("none: %v, %v, %v", keys, names, err)
	}
	for name, text := range map[string]string{"tacit-identity": good(t) + "\n", "tacit-passphrase": "phrase\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if keys, names, err := Credentials(dir, FileOptions{}, 4); err != nil || len(keys) != 2 || len(names) != 2 {
		t.Errorf("%v, %v, %v", keys, names, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, "tacit-identity")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Credentials(dir, FileOptions{}, 4); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty credential: %v", err)
	}
}

func FuzzIdentityFile(f *testing.F) {
	for _, seed := range []string{
		"", "# x\n", "AGE-SECRET-KEY-1", "AGE-PLUGIN-X-1", plugin.EncodeIdentity("x", nil), "age-encryption.org/v1\n-> scrypt a 1\n",
		"-----BEGIN AGE ENCRYPTED FILE-----\n", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		id, err := parse("file", "/nowhere/file", data, FileOptions{})
		if (id == nil) == (err == nil) {
			t.Errorf("%v, %v", id, err)
		}
	})
}
