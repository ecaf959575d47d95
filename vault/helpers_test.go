package vault_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/vault"
)

// hang is how long a test waits for what takes a moment: on a busy machine many.
const hang = 3 * time.Minute

// A fixture is a machine with one vault on it.
type fixture struct {
	t     testing.TB
	dir   string
	state string
	key   crypto.Key
	lock  crypto.Lock
	now   time.Time
	store store.Opener // nil: the one on the disk
}

// newFixture makes a vault with one slot for a fresh identity and closes it.
func newFixture(t testing.TB, change ...func(*vault.CreateOptions)) *fixture {
	t.Helper()
	root := t.TempDir()
	f := &fixture{
		t: t, dir: filepath.Join(root, "vault"), state: filepath.Join(root, "state"),
		now: time.Unix(1_700_000_000, 0),
	}
	o := vault.CreateOptions{State: f.state, Now: f.clock}
	for _, c := range change {
		c(&o)
	}
	f.key, f.lock = newKey(t, o.PostQuantum)
	o.Slots = append(o.Slots, vault.NewSlot{Label: "identity", Lock: f.lock})
	v, err := vault.Create(t.Context(), f.dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

// long leaves a test out where time is short: it takes long, and has nothing
// for the race detector, which is what -short is for.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("long")
	}
}

func (f *fixture) clock() time.Time { return f.now }

// newKey makes an identity, and the recipient that goes with it.
func newKey(t testing.TB, pq bool) (crypto.Key, crypto.Lock) {
	t.Helper()
	_, key, lock := cryptotest.NewKey(t, pq)
	return key, lock
}

func (f *fixture) options() vault.Options {
	return vault.Options{
		Keys: []crypto.Key{f.key}, Write: true, Wait: hang, State: f.state, Now: f.clock, Store: f.store,
		Warn: func(err error) { f.t.Log("warning:", err) },
	}
}

// open opens the vault for writing until the test ends or close is called.
func (f *fixture) open(change ...func(*vault.Options)) *vault.Vault {
	f.t.Helper()
	v, err := f.tryOpen(change...)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { v.Close() })
	return v
}

func (f *fixture) tryOpen(change ...func(*vault.Options)) (*vault.Vault, error) {
	o := f.options()
	for _, c := range change {
		c(&o)
	}
	return vault.Open(context.Background(), f.dir, o)
}

// with opens the vault, runs fn and closes it.
func (f *fixture) with(fn func(*vault.Vault), change ...func(*vault.Options)) {
	f.t.Helper()
	v := f.open(change...)
	fn(v)
	if err := v.Close(); err != nil {
		f.t.Fatal(err)
	}
}

// readOnly opens as a command does that reads.
func readOnly(o *vault.Options) { o.Write, o.OneShot = false, true }

// lasting opens to read, and gives all files back at its end: a one-shot reader leaves
// that to the end of its process, and its files take room on a small disk until then.
func lasting(o *vault.Options) { o.Write, o.OneShot = false, false }

func locked(o *vault.Options) { o.Write, o.OneShot, o.Keys = false, true, nil }

// set stores text and must succeed.
func set(t testing.TB, v *vault.Vault, name, value string, options ...vault.SetOption) vault.Info {
	t.Helper()
	info, err := v.Set(context.Background(), name, vault.Text(value), options...)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// get reads text and must succeed.
func get(t testing.TB, v *vault.Vault, name string) string {
	t.Helper()
	sec, err := v.Read(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(sec.Value.Reveal())
}

func wantCode(t testing.TB, err error, code vault.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("got %v (%s), want %s", err, vault.CodeOf(err), code)
	}
}

// verifies fails the test unless the whole vault verifies.
func verifies(t testing.TB, v *vault.Vault) {
	t.Helper()
	r, err := v.Verify(context.Background(), vault.VerifyOptions{Full: v.Unlocked()})
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range r.Findings {
		t.Errorf("verify: %s %s: %s", finding.Code, finding.Name, finding.Message)
	}
}

// raw changes the database as somebody would who has the disk and no key.
func (f *fixture) raw(fn func(store.Writer) error) {
	f.t.Helper()
	s, err := badgerstore.Open(context.Background(), f.dir, store.Options{})
	if err != nil {
		f.t.Fatal(err)
	}
	defer s.Close()
	if err := s.Update(fn); err != nil {
		f.t.Fatal(err)
	}
}

// keys lists the keys under a prefix.
func (f *fixture) keys(prefix string) (keys []string) {
	f.t.Helper()
	f.raw(func(w store.Writer) error {
		for key, err := range w.Keys([]byte(prefix), nil) {
			if err != nil {
				return err
			}
			keys = append(keys, string(key))
		}
		return nil
	})
	return keys
}

// copyDir copies a vault's folder as a backup program would.
func copyDir(t testing.TB, from, to string) {
	t.Helper()
	if err := tryCopyDir(from, to); err != nil {
		t.Fatal(err)
	}
}

func tryCopyDir(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	return filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := os.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		}
		return os.Chmod(path, mode)
	})
}

// records reads what is stored under keys, and opens the store once for all of them.
func (f *fixture) records(keys []string) map[string][]byte {
	f.t.Helper()
	all := map[string][]byte{}
	f.raw(func(w store.Writer) error {
		for _, key := range keys {
			b, err := w.Get([]byte(key))
			if err != nil {
				return err
			}
			all[key] = b
		}
		return nil
	})
	return all
}

// rawGet reads what is stored under a key.
func (f *fixture) rawGet(key string) (b []byte) {
	f.t.Helper()
	f.raw(func(w store.Writer) (err error) {
		b, err = w.Get([]byte(key))
		return err
	})
	return b
}

// id is the id of the vault.
func (f *fixture) id() (id string) {
	f.t.Helper()
	f.with(func(v *vault.Vault) { id = v.Status().ID }, locked, func(o *vault.Options) { o.State = f.t.TempDir() })
	return id
}
