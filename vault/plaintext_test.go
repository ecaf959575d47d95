package vault_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/rescue"
)

// canary is in every value that the test stores.
const canary = "C4n4ry-in-the-m1ne"

// No value, identity or recipient of the vault is ever in a file of the vault,
// of the machine's memory of it, or in a temporary one: not while it is open,
// not after a crash, not after it is closed, nor in a backup of it.
func TestNoPlaintextOnDisk(t *testing.T) {
	for name, pq := range map[string]bool{"x25519": false, "hybrid": true} {
		t.Run(name, func(t *testing.T) {
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			f := newFixture(t, func(o *vault.CreateOptions) {
				o.PostQuantum = pq
				o.Policy = vault.Policy{MaxValue: 200_000, History: 3}
			})
			secrets := f.secrets(pq)
			look := func(after string) {
				t.Helper()
				for _, dir := range []string{f.dir, f.state, temp} {
					findNone(t, dir, secrets, after)
				}
			}
			look("init")
			v := f.open()
			f.storeCanaries(v, look)
			crashed := filepath.Join(t.TempDir(), "crashed")
			copyDir(t, f.dir, crashed) // as a kill would leave it
			v.Close()
			look("close")
			if !anyHolds(t, f.dir, "s/RENAMED/") {
				t.Error("not even a name is found: the search finds nothing")
			}

			f.dir = crashed
			look("a crash")
			f.with(func(v *vault.Vault) { verifies(t, v) }, readOnly)
			look("recovery")
			f.carryCanaries(filepath.Join(temp, "place"), pq, secrets, look)
		})
	}
}

// carryCanaries rotates the vault, then backs it up, restores and rescues it into
// place, and looks at the files after each and under way, for what is secret of
// the vaults that come of it, too.
func (f *fixture) carryCanaries(place string, pq bool, secrets map[string][]byte, look func(after string)) {
	t := f.t
	t.Helper()
	ctx := context.Background()
	more := func(vault string) {
		for what, secret := range f.secrets(pq) {
			secrets[what+" "+vault] = secret
		}
	}
	during := func(what string) func(done, total int) {
		return func(done, total int) {
			if done == total {
				look(what + " under way")
			}
		}
	}
	var file bytes.Buffer
	f.with(func(v *vault.Vault) {
		rotate(t, v, vault.RotateOptions{Progress: during("a rotation")})
		look("a rotation")
		_, err := v.Backup(ctx, &file, vault.BackupOptions{})
		must(t, err)
	})
	more("after a rotation")
	must(t, os.Mkdir(place, 0o700))
	must(t, os.WriteFile(filepath.Join(place, "backup"), file.Bytes(), 0o600))
	look("a backup")

	ruin := f.dir
	f.dir = filepath.Join(place, "restored")
	f.restore(vault.RestoreOptions{Progress: during("a restore")}, file.Bytes())
	look("a restore")

	r, err := rescue.Scan(ctx, ruin, rescue.Options{State: f.state})
	must(t, err)
	defer r.Close()
	must(t, r.Unlock(ctx, f.key))
	report, err := r.Collect(ctx)
	must(t, err)
	if report.Rescued() == 0 {
		t.Error("nothing is rescued")
	}
	f.dir = filepath.Join(place, "rescued")
	_, err = r.Write(ctx, f.dir, vault.CreateOptions{
		PostQuantum: pq, State: f.state, Now: f.clock, Slots: []vault.NewSlot{{Label: "identity", Lock: f.lock}},
	}, during("a rescue"))
	must(t, err)
	more("after a rescue")
	look("a rescue")
}

// storeCanaries does everything that writes, and looks after each.
func (f *fixture) storeCanaries(v *vault.Vault, look func(after string)) {
	t := f.t
	t.Helper()
	ctx := context.Background()
	object, err := vault.JSON([]byte(`{"a":["` + canary + `"]}`))
	must(t, err)
	for i, value := range []vault.Value{
		vault.Text(canary), object, vault.Bytes([]byte("\x00" + canary)),
		vault.Text(strings.Repeat(canary, 6000)), // over a chunk of age's, and over what the store keeps beside its keys
	} {
		_, err := v.Set(ctx, fmt.Sprint("KIND", i), value)
		must(t, err)
	}
	look("set")
	_, err = v.Set(ctx, "KIND0", vault.Text("again "+canary), vault.IfPresent())
	must(t, err)
	look("update")
	_, err = v.Rename(ctx, "KIND0", "RENAMED", false)
	must(t, err)
	_, err = v.Rollback(ctx, "KIND0", 1)
	must(t, err)
	look("rename and rollback")
	_, err = v.Apply(ctx, manyChanges(200, strings.Repeat(canary, 500)), nil)
	must(t, err)
	look("a batch")
	stopped, stop := context.WithCancel(ctx)
	if _, err = v.Apply(stopped, manyChanges(800, strings.Repeat(canary, 500)), func(int, int) { stop() }); err == nil {
		t.Error("the batch was not stopped")
	}
	look("a batch that was stopped")
	if _, err = v.Set(ctx, "KIND1", vault.Text(canary), vault.IfAbsent()); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
	_, err = v.Delete(ctx, "KIND1", vault.DeleteOptions{})
	must(t, err)
	look("delete")
	_, err = v.Delete(ctx, "KIND3", vault.DeleteOptions{Purge: true})
	must(t, err)
	look("purge")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// secrets is what must be in no file: the canary, the vault's identity, its
// recipient, and the bytes behind both, in the spellings in which they could be.
func (f *fixture) secrets(pq bool) map[string][]byte {
	t := f.t
	t.Helper()
	var canonical string
	f.raw(func(w store.Writer) error {
		head, err := crypto.ParseHead(mustGet(t, w, []byte("z")))
		must(t, err)
		id, err := crypto.OpenSlot(context.Background(), f.key, head.Slots[0], mustGet(t, w, fmt.Appendf(nil, "k/%010d", head.Slots[0].ID)))
		must(t, err)
		canonical = id.Reveal()
		return nil
	})
	secrets := map[string][]byte{
		"the value":           []byte(canary),
		"the value in hex":    []byte(hex.EncodeToString([]byte(canary))),
		"the value in base64": []byte(base64.RawStdEncoding.EncodeToString([]byte(canary))),
		"the identity":        []byte(canonical),
		"any identity":        []byte("AGE-SECRET-KEY-"),
	}
	recipient := ""
	if pq {
		i, err := age.ParseHybridIdentity(canonical)
		must(t, err)
		recipient = i.Recipient().String()
	} else {
		i, err := age.ParseX25519Identity(canonical)
		must(t, err)
		recipient = i.Recipient().String()
	}
	secrets["the recipient"] = []byte(recipient[:60])
	return secrets
}

// anyHolds tells whether a file under dir holds what.
func anyHolds(t testing.TB, dir, what string) (found bool) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || bytes.Contains(b, []byte(what))
		return err
	}))
	return found
}

// findNone searches every file under dir.
func findNone(t testing.TB, dir string, secrets map[string][]byte, after string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // not yet, or not any more
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the database removes a log once it has made a table of it
		}
		for what, secret := range secrets {
			if bytes.Contains(b, secret) || strings.Contains(path, string(secret)) {
				t.Errorf("after %s: %s is in %s", after, what, path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
