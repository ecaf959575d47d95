package main_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

type keptStore struct{ *store.Memory }

func (keptStore) Close() error { return nil }

// TestRecoverGroup: a script and age get a group's values out of its bundles, with the
// recovery phrase alone, or with the keys of the epochs.
func TestRecoverGroup(t *testing.T) {
	t.Parallel()
	program := os.Getenv("TACIT_TEST_AGE")
	python, err := exec.LookPath("python3")
	if err != nil || program == "" {
		t.Skip("python3 is not here, or TACIT_TEST_AGE is not set: the script for groups was NOT tested")
	}
	for _, pq := range []bool{false, true} {
		const phrase = "abacus abdomen abdominal abide abiding ability ablaze able abnormal abrasion"
		values := map[string]vault.Value{"API_KEY": vault.Text("hunter2\n"), "BLOB": vault.Bytes(noise(7_000)), "DOC": mustJSON(t, `{"a": 1}`)}
		folder, v, g := bundlesOf(t, pq, phrase, values)

		run := func(stdin string, key ...string) string {
			t.Helper()
			out := filepath.Join(t.TempDir(), "out")
			cmd := exec.Command(python, append([]string{script(t, "--recovery-group", "group.py"), folder, out}, key...)...)
			cmd.Env = append(os.Environ(), "AGE="+program)
			cmd.Stdin = strings.NewReader(stdin)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if _, err := cmd.Output(); err != nil {
				return stderr.String()
			}
			for name, want := range values {
				found, err := filepath.Glob(filepath.Join(out, g.ID().String(), name+".v1.*"))
				if err != nil || len(found) != 1 {
					t.Errorf("%s: files %v, %v", name, found, err)
				} else if got := readFile(t, found[0]); !bytes.Equal(got, want.Reveal()) {
					t.Errorf("%s: %d bytes, must be %d", name, len(got), len(want.Reveal()))
				}
			}
			return ""
		}
		if failed := run("  "+strings.ToUpper(strings.ReplaceAll(phrase, " ", " - "))+"\n", "--phrase"); failed != "" {
			t.Errorf("by the phrase: %s", failed)
		}
		if failed := run("another phrase", "--phrase"); !strings.Contains(failed, "no welcome") {
			t.Errorf("by another phrase: %s", failed)
		}
		record, ok, err := vault.GroupRecord(t.Context(), v, vault.GroupPrefix+g.ID().String())
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		key := filepath.Join(t.TempDir(), "epoch.txt")
		writeFile(t, key, []byte(epochOf(t, string(record.Reveal()))+"\n"))
		if failed := run("", key); failed != "" {
			t.Errorf("by the epoch's key: %s", failed)
		}
		id, err := crypto.NewIdentity(crypto.X25519)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, key, []byte(id.Reveal()+"\n"))
		if failed := run("", key); !strings.Contains(failed, "no value") {
			t.Errorf("by another key: %s", failed)
		}
	}
}

// epochOf is the key of the first epoch in a member's record, as its text has it.
func epochOf(t *testing.T, record string) string {
	t.Helper()
	_, rest, ok := strings.Cut(record, `"epochs":{"1":"`)
	key, _, end := strings.Cut(rest, `"`)
	if !ok || !end {
		t.Fatal("no key of an epoch in the record")
	}
	return key
}

func mustJSON(t *testing.T, text string) vault.Value {
	t.Helper()
	value, err := vault.JSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// bundlesOf makes a group with the values, and a folder with its bundles.
func bundlesOf(t *testing.T, pq bool, phrase string, values map[string]vault.Value) (folder string, v *vault.Vault, g *group.Group) {
	t.Helper()
	ctx, root, memory := t.Context(), t.TempDir(), store.NewMemory()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, _, lock := cryptotest.NewKey(t, false)
	v, err := vault.Create(ctx, filepath.Join(root, "vault"), vault.CreateOptions{
		State: filepath.Join(root, "state"), Slots: []vault.NewSlot{{Label: "identity", Lock: lock}},
		Store: func(context.Context, string, store.Options) (store.Store, error) { return keptStore{memory}, nil },
	})
	check(err)
	t.Cleanup(func() { v.Close() })
	for name, value := range values {
		_, err := v.Set(ctx, name, value)
		check(err)
	}
	g, err = group.Create(ctx, v, group.NewGroup{Label: "team", Patterns: []string{"*"}, Member: "ada", PostQuantum: pq, Recovery: []byte(phrase)})
	check(err)
	place := group.Place{Address: "memory", Transport: transport.NewMemory().Open()}
	_, err = g.Sync(ctx, group.SyncOptions{}, place)
	check(err)
	folder = filepath.Join(root, "folder")
	for _, kind := range []transport.Kind{transport.Changes, transport.Checkpoint, transport.Beat, transport.Welcome} {
		keys, err := place.Transport.List(ctx, transport.Prefix(kind, g.ID()), "")
		check(err)
		for _, key := range keys {
			data, err := place.Transport.Get(ctx, key)
			check(err)
			path := filepath.Join(folder, filepath.FromSlash(key)+".tacit")
			check(os.MkdirAll(filepath.Dir(path), 0o700))
			writeFile(t, path, data)
		}
	}
	return folder, v, g
}
