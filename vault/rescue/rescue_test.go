package rescue_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/rescue"
)

// small is a vault with a few secrets, closed.
func small(t *testing.T, state string, slots ...vault.NewSlot) (dir string, m *model) {
	t.Helper()
	m = &model{
		dir: filepath.Join(t.TempDir(), "vault"), state: state,
		ever: map[string]map[uint64]string{}, updated: time.Unix(1_600_000_000, 0),
	}
	m.key, m.lock = newKey(t, crypto.X25519)
	slots = append(slots, vault.NewSlot{Label: "identity", Lock: m.lock})
	v, err := vault.Create(t.Context(), m.dir, vault.CreateOptions{State: state, Now: m.clock, Slots: slots})
	fatal(t, err)
	defer v.Close()
	m.apply(t, v, []string{"A", "B"}, []vault.Value{vault.Text("a"), vault.Text("b")})
	m.id = v.Status().ID
	return m.dir, m
}

func scan(t *testing.T, path string, o rescue.Options) *rescue.Ruin {
	t.Helper()
	r, err := rescue.Scan(t.Context(), path, o)
	fatal(t, err)
	t.Cleanup(r.Close)
	return r
}

func fresh(t *testing.T, m *model) (string, vault.CreateOptions) {
	return filepath.Join(t.TempDir(), "fresh"), vault.CreateOptions{
		State: t.TempDir(), Slots: []vault.NewSlot{{Label: "identity", Lock: m.lock}},
	}
}

// What lies in one folder may be of two vaults that one key opens: nothing is
// mixed, and the user says which.
func TestTwoVaults(t *testing.T) {
	state := t.TempDir()
	a, m := small(t, state)
	b, n := small(t, state, vault.NewSlot{Label: "other", Lock: m.lock})
	dir := t.TempDir()
	copyDir(t, a, filepath.Join(dir, "a"))
	copyDir(t, b, filepath.Join(dir, "b"))
	r := scan(t, dir, rescue.Options{State: state})
	err := r.Unlock(t.Context(), m.key)
	wantCode(t, err, vault.InvalidValue)
	if !strings.Contains(err.Error(), m.id) || !strings.Contains(err.Error(), n.id) {
		t.Error(err)
	}
	for _, id := range []string{m.id, n.id} {
		r := scan(t, dir, rescue.Options{State: state, VaultID: id})
		fatal(t, r.Unlock(t.Context(), m.key))
		rep, err := r.Collect(t.Context())
		fatal(t, err)
		if rep.Vault != id || !rep.Complete() || rep.Rescued() != 2 || rep.Searched.Foreign != 2 {
			t.Errorf("%s: %+v", id, rep)
		}
	}
}

// Records of another's making, to the very recipient even, do not come back.
func TestForged(t *testing.T) {
	dir, m := small(t, t.TempDir())
	other, err := crypto.NewIdentity(crypto.X25519)
	fatal(t, err)
	id, err := crypto.ParseID(m.id)
	fatal(t, err)
	keys, err := other.Unlock(id)
	fatal(t, err)
	forged, err := keys.Seal(crypto.Header{Name: "A", Version: 9, Seq: 99, Kind: crypto.Text, Size: 4}, []byte("evil"))
	fatal(t, err)
	planted, err := keys.Seal(crypto.Header{Name: "NEW", Version: 1, Seq: 1, Kind: crypto.Text, Size: 4}, []byte("evil"))
	fatal(t, err)
	fatal(t, os.WriteFile(filepath.Join(dir, "db", "stray"), append(forged, planted...), 0o600))
	rep, values := m.run(t, dir, rescue.Options{State: m.state})
	if rep.Searched.Foreign != 2 || len(values) != 2 || values["A"] != "text:a" || !rep.Complete() {
		t.Errorf("%d foreign, %v", rep.Searched.Foreign, rep.Items)
	}
}

// A flood of slots that ask for a passphrase is not worked through.
func TestScryptFlood(t *testing.T) {
	dir, m := small(t, t.TempDir())
	id, err := crypto.NewIdentity(crypto.X25519)
	fatal(t, err)
	other, err := crypto.NewPassphrase([]byte("another"), crypto.WithWorkFactor(1))
	fatal(t, err)
	var flood []byte
	for range 60 {
		file, err := crypto.MakeSlot(id, other)
		fatal(t, err)
		flood = append(flood, file...)
	}
	fatal(t, os.WriteFile(filepath.Join(dir, "db", "flood"), flood, 0o600))
	mine, err := crypto.NewPassphrase([]byte("mine"), crypto.WithWorkFactor(1))
	fatal(t, err)
	r := scan(t, dir, rescue.Options{State: m.state})
	err = r.Unlock(t.Context(), mine)
	wantCode(t, err, vault.WrongKey)
	if !strings.Contains(errorText(err), "were not tried") {
		t.Errorf("nothing is said of the slots that were left out: %s", errorText(err))
	}
	fatal(t, r.Unlock(t.Context(), m.key)) // it is no hindrance to another key
}

func errorText(err error) string {
	e, ok := err.(*vault.SecretError)
	if !ok || e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Both kinds of phrases open their slots without a slot table, and make the
// same kind of slot again.
func TestPhrases(t *testing.T) {
	state := t.TempDir()
	words := []byte("alpha-bravo-charlie")
	recovery, err := crypto.NewRecovery(words, crypto.WithWorkFactor(1))
	fatal(t, err)
	phrase, err := crypto.NewPassphrase([]byte("a phrase"), crypto.WithWorkFactor(1))
	fatal(t, err)
	dir, _ := small(t, state, vault.NewSlot{Label: "paper", Lock: recovery}, vault.NewSlot{Label: "phrase", Lock: phrase})
	eachFile("*", destroyHeads)(t, dir)
	for typed, kind := range map[string]string{"Alpha bravo  CHARLIE": crypto.KindRecovery, "a phrase": crypto.KindPassphrase} {
		key, err := crypto.NewPassphrase([]byte(typed), crypto.WithWorkFactor(1))
		fatal(t, err)
		r := scan(t, dir, rescue.Options{State: state})
		fatal(t, r.Unlock(t.Context(), key))
		opened := r.OpenedBy()
		if len(opened) != 1 || opened[0].Slot.Kind != kind || opened[0].Key != crypto.Key(key) {
			t.Errorf("%s: %+v", kind, opened)
		}
	}
}

// Nothing that tells the id is left: it can be given, and a wrong one is no use.
func TestVaultID(t *testing.T) {
	dir, m := small(t, t.TempDir())
	eachFile("*", destroyHeads)(t, dir)
	fatal(t, os.Remove(filepath.Join(dir, "VAULT")))
	r := scan(t, dir, rescue.Options{State: t.TempDir()})
	wantCode(t, r.Unlock(t.Context(), m.key), vault.Missing)
	_, err := rescue.Scan(t.Context(), dir, rescue.Options{VaultID: "x"})
	wantCode(t, err, vault.InvalidValue)

	r = scan(t, dir, rescue.Options{State: t.TempDir(), VaultID: crypto.NewID().String()})
	fatal(t, r.Unlock(t.Context(), m.key))
	_, err = r.Collect(t.Context())
	wantCode(t, err, vault.Missing)

	rep, values := m.run(t, dir, rescue.Options{State: t.TempDir(), VaultID: m.id})
	if len(values) != 2 || rep.Count(rescue.Uncertain) != 2 {
		t.Errorf("%+v", rep)
	}
}

// Other machines, and a blank one, know other vaults: the right id is found
// among many.
func TestIDsOfTheMachine(t *testing.T) {
	state := t.TempDir()
	for range 5 {
		small(t, state)
	}
	dir, m := small(t, state)
	eachFile("*", destroyHeads)(t, dir)
	fatal(t, os.Remove(filepath.Join(dir, "VAULT")))
	if rep, values := m.run(t, dir, rescue.Options{State: state}); len(values) != 2 || rep.Vault != m.id {
		t.Errorf("%+v", rep)
	}
}

func TestNoSlot(t *testing.T) {
	dir, m := small(t, t.TempDir())
	fatal(t, os.RemoveAll(filepath.Join(dir, "slots")))
	eachFile("*", func(b []byte) []byte {
		// A slot has one stanza: its header ends after two lines more.
		for at := 0; ; at++ {
			i := bytes.Index(b[at:], []byte(crypto.AgeMagic))
			if at += i; i < 0 {
				return b
			}
			if c, err := crypto.Carve(b[at:]); err == nil && !c.IsRecord() {
				clear(b[at : at+c.SizeX25519])
			}
		}
	})(t, dir)
	r := scan(t, dir, rescue.Options{State: m.state})
	wantCode(t, r.Unlock(t.Context(), m.key), vault.Locked)
}

// A record that is cut off in the middle of its value is known to have been,
// and an older version is not called the current one.
func TestTorn(t *testing.T) {
	state := t.TempDir()
	dir, m := small(t, state)
	v := m.open(t)
	m.apply(t, v, []string{"A"}, []vault.Value{vault.Text(strings.Repeat("long ", 100))})
	fatal(t, v.Close())
	eachFile("*", destroyHeads)(t, dir)
	eachFile("*", destroyIndex)(t, dir)
	eachFile("*", func(b []byte) []byte {
		for at := 0; ; at++ {
			i := bytes.Index(b[at:], []byte("tacit v1 A 2 "))
			if at += i; i < 0 {
				return b
			}
			b[at+400] ^= 1
		}
	})(t, dir)
	rep, values := m.run(t, dir, rescue.Options{State: state})
	item, _ := itemOf(rep, "A")
	if values["A"] != "text:a" || item.State != rescue.Uncertain || !strings.Contains(item.Why, "version 2 is known of") || rep.Searched.Damaged == 0 {
		t.Errorf("%+v", item)
	}
}

// What fails leaves nothing behind, neither a folder nor a memory of one.
func TestWriteFails(t *testing.T) {
	dir, m := small(t, t.TempDir())
	r := scan(t, dir, rescue.Options{State: m.state})
	fatal(t, r.Unlock(t.Context(), m.key))
	_, err := r.Collect(t.Context())
	fatal(t, err)
	to, o := fresh(t, m)
	for _, inside := range []string{dir, filepath.Join(dir, "new"), filepath.Join(dir, "..x"), filepath.Join(dir, "db", "x", "y")} {
		_, err = r.Write(t.Context(), inside, o, nil)
		wantCode(t, err, vault.InvalidValue)
	}
	link := filepath.Join(t.TempDir(), "link")
	fatal(t, os.Symlink(dir, link))
	_, err = r.Write(t.Context(), filepath.Join(link, "new"), o, nil)
	wantCode(t, err, vault.InvalidValue)

	// The records change between reading and writing.
	for _, path := range filesBelow(t, filepath.Join(dir, "db")) {
		b, err := os.ReadFile(path)
		fatal(t, err)
		fatal(t, os.WriteFile(path, bytes.ReplaceAll(b, []byte("tacit v1"), []byte("tacit v9")), 0o600))
	}
	_, err = r.Write(t.Context(), to, o, nil)
	wantCode(t, err, vault.Corrupt)
	if _, err := os.Lstat(to); !os.IsNotExist(err) {
		t.Error("a folder was left behind")
	}
	if left, _ := filepath.Glob(filepath.Join(o.State, "vaults", "*")); len(left) != 0 {
		t.Errorf("remembered: %v", left)
	}
}

// Until the new vault is whole there is none where it goes, and this machine
// remembers none there. What one that was killed leaves is cleared away.
func TestWriteKilled(t *testing.T) {
	dir, m := small(t, t.TempDir())
	r := scan(t, dir, rescue.Options{State: m.state})
	fatal(t, r.Unlock(t.Context(), m.key))
	_, err := r.Collect(t.Context())
	fatal(t, err)
	to, o := fresh(t, m)
	again := filepath.Join(filepath.Dir(to), "again")
	halfway := 0
	_, err = r.Write(t.Context(), to, o, func(int, int) {
		halfway++
		if _, err := os.Lstat(to); !os.IsNotExist(err) {
			t.Error("there is a vault before it is whole")
		}
		if left, _ := filepath.Glob(filepath.Join(o.State, "vaults", "*")); len(left) != 0 {
			t.Errorf("remembered: %v", left)
		}
		copyDir(t, besideOf(to), besideOf(again))
		_, err := r.Write(t.Context(), to, o, nil)
		wantCode(t, err, vault.Busy)
	})
	fatal(t, err)
	_, err = r.Write(t.Context(), again, o, nil)
	fatal(t, err)
	if halfway == 0 {
		t.Error("nothing was looked at")
	}
	for _, dir := range []string{to, again} {
		if _, err := os.Lstat(besideOf(dir)); !os.IsNotExist(err) {
			t.Error("something lies beside ", dir)
		}
		v, err := vault.Open(t.Context(), dir, vault.Options{Keys: []crypto.Key{m.key}, State: o.State, Discovered: true})
		fatal(t, err)
		if st := v.Status(); st.Names != 2 || st.New {
			t.Errorf("%+v", st)
		}
		fatal(t, v.Close())
	}
}

// besideOf is where a vault lies until it is whole.
func besideOf(dir string) string {
	return filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".tacit-restoring")
}

func TestNothing(t *testing.T) {
	dir := t.TempDir()
	_, err := rescue.Scan(t.Context(), dir, rescue.Options{})
	wantCode(t, err, vault.NoVault)
	_, err = rescue.Scan(t.Context(), filepath.Join(dir, "none"), rescue.Options{})
	wantCode(t, err, vault.NoVault)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	whole, _ := small(t, t.TempDir())
	if _, err = rescue.Scan(ctx, whole, rescue.Options{}); err != context.Canceled {
		t.Error(err)
	}
}

// A link is not followed, a pipe not waited on.
func TestOddFiles(t *testing.T) {
	dir, m := small(t, t.TempDir())
	secret, n := small(t, m.state)
	fatal(t, os.Symlink(secret, filepath.Join(dir, "folder")))
	fatal(t, os.Symlink(filepath.Join(secret, "VAULT"), filepath.Join(dir, "file")))
	mkfifo(t, filepath.Join(dir, "db", "pipe"))
	rep, values := m.run(t, dir, rescue.Options{State: m.state})
	if len(values) != 2 || rep.Searched.Foreign != 0 || rep.Vault == n.id {
		t.Errorf("%+v", rep)
	}
}

// Headers that promise megabytes, one behind the other, are not worth the
// megabytes: the work is in proportion to the file.
func TestPromises(t *testing.T) {
	dir, m := small(t, t.TempDir())
	id, err := crypto.NewIdentity(crypto.X25519)
	fatal(t, err)
	keys, err := id.Unlock(crypto.NewID())
	fatal(t, err)
	large := make([]byte, crypto.MaxPlaintext)
	record, err := keys.Seal(crypto.Header{Name: "A", Version: 9, Seq: 9, Kind: crypto.Bytes, Size: int64(len(large))}, large)
	fatal(t, err)
	const times = 3000
	fatal(t, os.WriteFile(filepath.Join(dir, "flood"), bytes.Repeat(record[:600], times), 0o600))
	var before, after runtime.MemStats
	r := scan(t, dir, rescue.Options{State: m.state})
	fatal(t, r.Unlock(t.Context(), m.key))
	runtime.ReadMemStats(&before)
	rep, err := r.Collect(t.Context())
	fatal(t, err)
	runtime.ReadMemStats(&after)
	if rep.Searched.Foreign != times || rep.Rescued() != 2 || !rep.Complete() {
		t.Errorf("%d foreign, %d rescued", rep.Searched.Foreign, rep.Rescued())
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<30 {
		t.Errorf("%d MiB of memory for a file of 2", taken>>20)
	}
}
