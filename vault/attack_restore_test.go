package vault_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// A head that somebody without a key has made up does not decide how far a
// restore leaps: the vault would be at its last commit ever.
func TestAttackRestoreOverForgedHead(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	file := f.backup()
	f.raw(func(w store.Writer) error {
		z := mustGet(t, w, []byte("z"))
		head, err := crypto.ParseHead(z)
		if err != nil {
			return err
		}
		seq := func(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{0, 0, 0, 8}, n) }
		bad := bytes.Replace(z, seq(head.Seq), seq(9_999_999_998), 1)
		if got, err := crypto.ParseHead(bad); err != nil || got.Seq != 9_999_999_998 {
			t.Fatalf("the head is not forged: %v", err)
		}
		return w.Put([]byte("z"), bad)
	})
	f.attacked("A", vault.HeadForged)
	var plan vault.RestorePlan
	f.restore(vault.RestoreOptions{Replace: true, Confirm: func(p vault.RestorePlan) error { plan = p; return nil }}, file)
	if plan.There != nil || plan.Discards() != 0 {
		t.Errorf("%+v", plan)
	}
	f.with(func(v *vault.Vault) {
		if seq := v.Status().Seq; seq > 20 {
			t.Errorf("at commit %d", seq)
		}
		set(t, v, "A", "after")
		verifies(t, v)
	})
	f.restore(vault.RestoreOptions{Replace: true}, file)
}

// The slots of a removed holder that a backup brings back are told of also where
// an older copy of the vault, which still has them, was put in its place.
func TestAttackRestoreOverOlderCopy(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(*testing.T, *vault.Vault){
		"removed": func(t *testing.T, v *vault.Vault) {
			if _, err := v.RemoveSlot(t.Context(), "leaver"); err != nil {
				t.Fatal(err)
			}
		},
		"rotated": func(t *testing.T, v *vault.Vault) { rotate(t, v, vault.RotateOptions{Drop: []string{"leaver"}}) },
	} {
		t.Run(name, func(t *testing.T) {
			f := attackFixture(t)
			_, lock := newKey(t, false)
			f.with(func(v *vault.Vault) {
				if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "leaver", Lock: lock}); err != nil {
					t.Fatal(err)
				}
			})
			file, older, newest := f.backup(), filepath.Join(t.TempDir(), "older"), filepath.Join(t.TempDir(), "newest")
			copyDir(t, f.dir, older)
			f.with(func(v *vault.Vault) { remove(t, v) })
			copyDir(t, f.dir, newest)
			for where, from := range map[string]string{"the newest": newest, "an older copy": older} {
				copyDir(t, from, f.dir)
				var returning []string
				no := errors.New("no")
				err := f.tryRestore(vault.RestoreOptions{Replace: true, Confirm: func(p vault.RestorePlan) error {
					for _, s := range p.Returning {
						returning = append(returning, s.Label)
					}
					return no
				}}, file)
				if !errors.Is(err, no) || !slices.Contains(returning, "leaver") {
					t.Errorf("over %s: %v return: %v", where, returning, err)
				}
			}
		})
	}
}

// A key put among those of the log is named by verify, and neither goes into a
// backup nor keeps one from being restored.
func TestAttackLogGap(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	f.hasSeen(100)
	if _, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options(), AcceptRollback: true}); err != nil {
		t.Fatal(err)
	}
	gap := []byte("l/0000000090")
	f.raw(func(w store.Writer) error { return w.Put(gap, []byte("junk")) })
	f.with(func(v *vault.Vault) {
		rep, err := v.Verify(t.Context(), vault.VerifyOptions{})
		if err != nil || len(rep.Findings) != 1 {
			t.Errorf("%+v, %v", rep, err)
		}
	}, readOnly)
	file := f.backup()
	if bytes.Contains(file, []byte("junk")) {
		t.Error("the backup carries it on")
	}
	f.restore(vault.RestoreOptions{Replace: true}, file)
	f.with(func(v *vault.Vault) { verifies(t, v) })
}
