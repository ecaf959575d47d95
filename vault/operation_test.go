package vault_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// wantOp holds the operation of an error against the one that failed.
func wantOp(t *testing.T, op string, err error) {
	t.Helper()
	var e *vault.SecretError
	if !errors.As(err, &e) {
		t.Errorf("%s: %v", op, err)
	} else if e.Op != op {
		t.Errorf("%s: the error says %q: %v", op, e.Op, err)
	}
}

// TestOperationOfClosed: whatever a vault is asked for when it is closed, the error
// names it.
func TestOperationOfClosed(t *testing.T) {
	f := newFixture(t)
	v := f.open()
	v.Close()
	for _, c := range callsOf(t, v) {
		wantOp(t, c.op, c.err)
	}
	wantOp(t, "resume", v.Resume(t.Context()))
	wantOp(t, "unlock", v.Unlock(t.Context(), f.key))
	_, err := v.Verify(t.Context(), vault.VerifyOptions{})
	wantOp(t, "verify", err)
}

type called struct {
	op  string
	err error
}

// callsOf calls what reads and changes a vault.
func callsOf(t *testing.T, v *vault.Vault) (list []called) {
	ctx := t.Context()
	_, lock := newKey(t, false)
	add := func(op string, err error) { list = append(list, called{op, err}) }
	text := vault.Text("x")

	_, err := v.Read(ctx, "A")
	add("read", err)
	_, err = v.ReadVersion(ctx, "A", 1)
	add("read", err)
	_, err = v.ReadAll(ctx)
	add("read", err)
	add("read", v.ReadEach(ctx, nil, func(vault.Secret) error { return nil }))
	_, err = v.Exposed(ctx)
	add("exposed", err)
	_, err = v.Removed(ctx)
	add("exposed", err)
	_, err = v.Backup(ctx, new(bytes.Buffer), vault.BackupOptions{})
	add("backup", err)

	_, err = v.Set(ctx, "A", text)
	add("set", err)
	_, err = v.Apply(ctx, []vault.Change{{Name: "A", Value: text}}, nil)
	add("apply", err)
	_, err = v.Adopt(ctx, []vault.Adopted{{Name: "A", Kind: crypto.Text, Plain: []byte("x")}}, nil)
	add("adopt", err)
	_, err = v.Delete(ctx, "A", vault.DeleteOptions{})
	add("delete", err)
	_, err = v.Rename(ctx, "A", "B", false)
	add("rename", err)
	_, err = v.Copy(ctx, "A", "B", false)
	add("copy", err)
	_, err = v.Rollback(ctx, "A", 1)
	add("rollback", err)
	add("policy", v.SetPolicy(ctx, vault.DefaultPolicy()))
	_, err = v.AddSlot(ctx, vault.NewSlot{Label: "b", Lock: lock})
	add("key add", err)
	_, err = v.ReplaceSlot(ctx, "identity", lock)
	add("key passwd", err)
	_, err = v.RemoveSlot(ctx, "identity")
	add("key remove", err)
	_, _, err = v.Drill(ctx, nil, vault.DrillOptions{})
	add("key drill", err)
	_, err = v.Rotate(ctx, vault.RotateOptions{})
	add("rotate", err)
	return list
}

// TestOperationOfLocked: so do those of what needs a key, and of a vault that is only
// read.
func TestOperationOfLocked(t *testing.T) {
	f := newFixture(t)
	v := f.open(func(o *vault.Options) { o.Keys = nil })
	for _, c := range callsOf(t, v) {
		wantOp(t, c.op, c.err)
		if !errors.Is(c.err, vault.Locked) {
			t.Errorf("%s: %v, want %v", c.op, c.err, vault.Locked)
		}
	}
	v.Close()
	for _, c := range callsOf(t, f.open(readOnly))[7:] {
		wantOp(t, c.op, c.err)
		if !errors.Is(c.err, vault.ReadOnly) {
			t.Errorf("%s: %v, want %v", c.op, c.err, vault.ReadOnly)
		}
	}
}

// TestOperationOnNames: an error about a secret names the operation, too.
func TestOperationOnNames(t *testing.T) {
	f := newFixture(t)
	v, ctx := f.open(), t.Context()
	for _, name := range []string{"NONE", "no/name"} {
		_, err := v.Read(ctx, name)
		wantOp(t, "read", err)
		_, err = v.ReadVersion(ctx, name, 1)
		wantOp(t, "read", err)
		_, err = v.ReadAll(ctx, name)
		wantOp(t, "read", err)
		_, err = v.History(ctx, name)
		wantOp(t, "history", err)
		_, err = v.Set(ctx, name, vault.Text("x"), vault.IfPresent())
		wantOp(t, "set", err)
		_, err = v.Delete(ctx, name, vault.DeleteOptions{})
		wantOp(t, "delete", err)
		_, err = v.Rename(ctx, name, "B", false)
		wantOp(t, "rename", err)
		_, err = v.Rollback(ctx, name, 1)
		wantOp(t, "rollback", err)
		c := vault.NewClient(v)
		_, err = c.ReadSecret(ctx, name)
		wantOp(t, "read", err)
		_, err = c.UpdateSecret(ctx, vault.Entry{Key: name, Value: []byte(`"x"`)})
		wantOp(t, "update", err)
	}
	_, err := v.Set(ctx, "A", vault.Text(strings.Repeat("x", 20_000)))
	wantOp(t, "set", err)
	_, err = v.Set(ctx, "A", vault.Text("x"), vault.Label("NO", "x"))
	wantOp(t, "set", err)
	_, err = v.AddSlot(ctx, vault.NewSlot{Label: "identity", Lock: f.lock})
	wantOp(t, "key add", err)
	_, err = v.RemoveSlot(ctx, "none")
	wantOp(t, "key remove", err)
	_, err = v.Rotate(ctx, vault.RotateOptions{Drop: []string{"none"}})
	wantOp(t, "rotate", err)
	wantOp(t, "policy", v.SetPolicy(ctx, vault.Policy{}))
}

// TestOperationOnFolders: and those about places.
func TestOperationOnFolders(t *testing.T) {
	f := newFixture(t)
	ctx, o := t.Context(), f.options()
	none, full := filepath.Join(t.TempDir(), "none"), t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := vault.Open(ctx, none, o)
	wantOp(t, "open", err)
	_, err = vault.Trust(ctx, none, vault.TrustOptions{Options: o})
	wantOp(t, "trust", err)
	_, err = vault.Mend(ctx, none, o)
	wantOp(t, "open", err)
	_, err = vault.Examine(ctx, none, o)
	wantOp(t, "verify", err)
	wantOp(t, "destroy", vault.Destroy(ctx, none, o))
	wantOp(t, "destroy", vault.Destroyable(none, o))
	wantOp(t, "forget", vault.Forget(none, f.state))
	_, err = vault.Leavings(none, f.state)
	wantOp(t, "init", err)
	made := vault.CreateOptions{State: f.state, Slots: []vault.NewSlot{{Label: "a", Lock: f.lock}}}
	for _, dir := range []string{full, f.dir, filepath.Join(f.dir, "below")} {
		_, err = vault.Create(ctx, dir, made)
		wantOp(t, "init", err)
		_, err = vault.Build(ctx, dir, made, func(*vault.Vault) error { return nil })
		wantOp(t, "create", err)
	}
	_, err = vault.Create(ctx, none, vault.CreateOptions{State: f.state})
	wantOp(t, "init", err)
	_, err = vault.ReadBase(vault.BackupSource{Name: "file", Reader: strings.NewReader("no backup")})
	wantOp(t, "backup", err)
	_, err = vault.OpenBackup([]vault.BackupSource{{Name: "file", Reader: strings.NewReader("no backup")}}, o)
	wantOp(t, "restore", err)
	wantOp(t, "restore", vault.StoppedRestore{Dir: none, Left: []string{full}}.Settle(ctx, time.Now()))

	file := f.backup()
	b, err := vault.OpenBackup([]vault.BackupSource{{Name: "b", Reader: bytes.NewReader(file)}}, o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Restore(ctx, none, vault.RestoreOptions{})
	wantOp(t, "restore", err)
	if err := b.Unlock(ctx, f.key); err != nil {
		t.Fatal(err)
	}
	_, err = b.Restore(ctx, f.dir, vault.RestoreOptions{})
	wantOp(t, "restore", err)

	v := f.open(readOnly)
	if err := os.Rename(f.dir, f.dir+".away"); err != nil {
		t.Fatal(err)
	}
	wantOp(t, "use", v.Alive())
	_, err = vault.Open(ctx, f.dir, o)
	wantOp(t, "open", err)
}
