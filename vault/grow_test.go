package vault_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/vault"
)

// oneWrite opens as a command does that writes.
func oneWrite(o *vault.Options) { o.OneShot = true }

func longValues(o *vault.CreateOptions) {
	o.Policy = vault.DefaultPolicy()
	o.Policy.MaxValue = vault.MaxValueLimit
}

// What a command writes that takes a little is written beside a head of any size: one
// with as many slots as there can be, each for a recipient of 2 KB.
func TestLittleBesideLargeHead(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *vault.CreateOptions) {
		o.PostQuantum, o.Policy = true, vault.DefaultPolicy()
		o.Policy.MaxValue = vault.MaxValueLimit
		for i := range 31 {
			_, lock := newKey(t, true)
			o.Slots = append(o.Slots, vault.NewSlot{Label: fmt.Sprint("more", i), Lock: lock})
		}
	})
	for _, size := range []int{1, 20_000, 30_000, 40_000, 45_000, 50_000, 60_000, 90_000} {
		value := strings.Repeat("v", size)
		f.with(func(v *vault.Vault) { set(t, v, "A", value) }, oneWrite)
		f.with(func(v *vault.Vault) {
			if get(t, v, "A") != value {
				t.Errorf("%d bytes are not what was set", size)
			}
		}, readOnly)
	}
	f.with(func(v *vault.Vault) { verifies(t, v) }, readOnly)
}

// A reader that takes its time keeps neither a large change waiting nor, with that,
// other readers.
func TestLargeChangeBesideSlowReader(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "a")
		reads, over := make(chan bool), make(chan bool)
		read := make(chan error, 1)
		go func() {
			read <- v.ReadEach(context.Background(), nil, func(vault.Secret) error {
				close(reads)
				<-over
				return nil
			})
		}()
		<-reads
		wrote := make(chan error, 1)
		go func() {
			_, err := v.Apply(context.Background(), manyChanges(300, "many"), nil)
			if err == nil {
				_, err = v.Set(context.Background(), "LARGE", vault.Bytes(make([]byte, 5000)))
			}
			if err == nil {
				_, err = v.Read(context.Background(), "LARGE")
			}
			wrote <- err
		}()
		select {
		case err := <-wrote:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(hang):
			t.Error("a large change waits for who reads")
		}
		close(over)
		if err := <-read; err != nil {
			t.Error(err)
		}
	})
}

// Keys that somebody has planted are swept, and purged with the name that they seem to be
// of, however long and many they are.
func TestLongKeysAreDeleted(t *testing.T) {
	t.Parallel()
	for prefix, remove := range map[string]func(v *vault.Vault) error{
		"x": func(v *vault.Vault) error { return v.SetPolicy(t.Context(), vault.DefaultPolicy()) },
		"s/A/": func(v *vault.Vault) error {
			_, err := v.Delete(t.Context(), "A", vault.DeleteOptions{Purge: true})
			return err
		},
	} {
		for _, n := range []int{200, 1200} {
			f := newFixture(t)
			f.with(func(v *vault.Vault) { set(t, v, "A", "a") }, oneWrite)
			for first := 0; first < n; first += 600 {
				f.raw(func(w store.Writer) error {
					for i := first; i < min(n, first+600); i++ {
						if err := w.Put(fmt.Appendf(nil, "%s%04d%s", prefix, i, strings.Repeat("x", 990)), nil); err != nil {
							return err
						}
					}
					if prefix != "x" {
						return nil
					}
					return w.Put([]byte("p"), []byte("7"))
				})
			}
			f.with(func(v *vault.Vault) {
				if err := remove(v); err != nil {
					t.Errorf("%d under %s: %v", n, prefix, err)
				}
			}, oneWrite)
			if left := f.keys(prefix + "0"); len(left) > 1 { // the deletion's record
				t.Errorf("%d of %d keys under %s are left", len(left), n, prefix)
			}
		}
	}
}

// A store of the caller's own, which is one on disk behind a wrapper that knows nothing of
// growing, takes all that it took before.
func TestMuchBehindWrapper(t *testing.T) {
	t.Parallel()
	type wrapped struct{ store.Store }
	f := newFixture(t, longValues)
	f.store = func(ctx context.Context, dir string, o store.Options) (store.Store, error) {
		s, err := badgerstore.Open(ctx, dir, o)
		return wrapped{s}, err
	}
	f.with(func(v *vault.Vault) {
		value := vault.Text(strings.Repeat("v", 100_000))
		if _, err := v.Set(t.Context(), "LARGE", value); err != nil {
			t.Error(err)
		}
		if _, err := v.Apply(t.Context(), manyChanges(2000, "many"), nil); err != nil {
			t.Error(err)
		}
	}, oneWrite)
}

// After a read that has found damage, who was going to write little writes much in
// little pieces, and is told of the damage where that cannot be.
func TestMuchAfterDamage(t *testing.T) {
	t.Parallel()
	f := newFixture(t, longValues)
	value := vault.Text(strings.Repeat("v", 100_000))
	setLong := func(name string) (err error) {
		f.with(func(v *vault.Vault) { _, err = v.Set(t.Context(), name, value) }, oneWrite)
		return err
	}
	if err := setLong("A"); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(f.dir, "db", "*.vlog"))
	if err != nil || len(logs) == 0 {
		t.Fatal(logs, err)
	}
	if err := setLong("B"); err != nil {
		t.Fatal(err)
	}
	log := logs[len(logs)-1] // not the newest any more, which is looked at first
	b, err := os.ReadFile(log)
	if err != nil || len(b) < 100_000 {
		t.Fatalf("%s: %d bytes, %v", log, len(b), err)
	}
	b[50_000] ^= 1
	if err := os.WriteFile(log, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) {
		_, err := v.Read(t.Context(), "A")
		wantCode(t, err, vault.Corrupt)
		if _, err := v.Apply(t.Context(), manyChanges(600, "many"), nil); err != nil {
			t.Error(err)
		}
		_, err = v.Set(t.Context(), "C", value)
		wantCode(t, err, vault.Corrupt)
	}, oneWrite)
	if err := setLong("C"); err != nil {
		t.Error(err)
	}
}
