package vault_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/anchor"
)

func discovered(o *vault.Options) { o.Discovered = true }

func TestDiscoveredVaultIsNotTrusted(t *testing.T) {
	t.Parallel()
	f := newFixture(t).machine("fresh")
	_, err := f.tryOpen(readOnly, discovered)
	wantCode(t, err, vault.Untrusted)
	_, err = f.tryOpen(locked, discovered)
	wantCode(t, err, vault.Untrusted)
	o := f.options()
	o.Write = false
	declined := errors.New("declined")
	_, err = vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: o, Confirm: func(vault.Status) error { return declined }})
	if !errors.Is(err, declined) {
		t.Errorf("got %v", err)
	}
	_, err = f.tryOpen(readOnly, discovered)
	wantCode(t, err, vault.Untrusted)
	st, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: o})
	if err != nil || st.Pin == "" {
		t.Fatal(st, err)
	}
	f.with(func(*vault.Vault) {}, readOnly, discovered)
}

func TestNamedVaultIsRemembered(t *testing.T) {
	t.Parallel()
	f := newFixture(t).machine("fresh")
	f.with(func(v *vault.Vault) {
		if !v.Status().New {
			t.Error("not said to be new")
		}
	}, readOnly)
	f.with(func(v *vault.Vault) {
		if v.Status().New {
			t.Error("said to be new twice")
		}
	}, readOnly, discovered)
}

func TestMovedVault(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "a") })
	old := filepath.Join(t.TempDir(), "old")
	copyDir(t, f.dir, old)
	f.with(func(v *vault.Vault) { set(t, v, "A", "b") })
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(f.dir, moved); err != nil {
		t.Fatal(err)
	}
	f.dir = moved
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "b" {
			t.Error("another state")
		}
	})
	// An older copy at a place of its own is not what this machine knows.
	f.dir = old
	_, err := f.tryOpen()
	wantCode(t, err, vault.Untrusted)
	if _, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options()}); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "a" {
			t.Error("another state")
		}
	})
	// The moved one is still what it was.
	f.dir = moved
	f.with(func(*vault.Vault) {})
}

func TestExpect(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var pin string
	f.with(func(v *vault.Vault) { set(t, v, "A", "a"); pin = v.Status().Pin })
	expect := func(s string) func(*vault.Options) { return func(o *vault.Options) { o.Expect = s } }
	fresh := f.machine("fresh")
	fresh.with(func(*vault.Vault) {}, expect(pin), readOnly, discovered)
	fresh.with(func(*vault.Vault) {}, expect(pin+":2"), readOnly, discovered)
	_, err := fresh.tryOpen(expect(pin + ":3"))
	wantCode(t, err, vault.RolledBack)
	_, err = fresh.tryOpen(expect("nonsense"))
	wantCode(t, err, vault.InvalidValue)
	var other string
	newFixture(t).with(func(v *vault.Vault) { other = v.Status().Pin })
	_, err = fresh.tryOpen(expect(other))
	wantCode(t, err, vault.Substituted)
}

func TestUnwritableStateDoesNotBlockReads(t *testing.T) {
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "a") })
	g := f.machine("unwritable")
	g.state = "/proc/none/state" // where not even root can make a folder
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("no /proc")
	}
	g.with(func(v *vault.Vault) {
		if get(t, v, "A") != "a" {
			t.Error("another value")
		}
	}, readOnly)
}

func TestDamagedMemoryIsAnError(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.damageMemory()
	_, err := f.tryOpen(readOnly)
	wantCode(t, err, vault.Unproven)
	if _, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options()}); err != nil {
		t.Fatal(err)
	}
	f.with(func(*vault.Vault) {})
}

func TestDestroy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := vault.Destroy(t.Context(), f.dir, f.options()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the folder is still there")
	}
	_, err := f.tryOpen()
	wantCode(t, err, vault.NoVault)
	// Another vault may now stand at this path.
	v, err := vault.Create(t.Context(), f.dir, vault.CreateOptions{
		State: f.state, Slots: []vault.NewSlot{{Label: "identity", Lock: f.lock}},
	})
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
	f.with(func(*vault.Vault) {})
}

// Two vaults whose folders were exchanged by their owner.
func TestExchangedVaults(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	g := newFixture(t)
	g.state = f.state
	g.with(func(v *vault.Vault) { set(t, v, "A", "g") })
	old := filepath.Join(t.TempDir(), "old")
	copyDir(t, g.dir, old)
	g.with(func(v *vault.Vault) { set(t, v, "A", "g2") })
	copyDir(t, g.dir, f.dir)
	h := *g
	h.dir = f.dir
	_, err := h.tryOpen()
	wantCode(t, err, vault.Substituted)
	if _, err := vault.Trust(t.Context(), h.dir, vault.TrustOptions{Options: h.options()}); err != nil {
		t.Fatal(err)
	}
	h.with(func(v *vault.Vault) {
		if get(t, v, "A") != "g2" {
			t.Error("another vault")
		}
	})
	copyDir(t, old, h.dir)
	_, err = h.tryOpen()
	wantCode(t, err, vault.RolledBack)
}

// Nothing is destroyed by somebody who gave up waiting for those who use it.
func TestDestroyCancelled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.open()
	set(t, v, "A", "a")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := vault.Destroy(ctx, f.dir, f.options()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	v.Close()
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "a" {
			t.Error("another value")
		}
	})
}

// What this machine remembers hangs on where the folder really is, by whatever
// way one got there: else a rollback goes unseen on the way less trodden.
func TestCurrentFolderByLink(t *testing.T) {
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "old") })
	root := filepath.Dir(f.dir)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Skip(err)
	}
	real, err := filepath.EvalSymlinks(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(link) // sets PWD, as a shell does
	g := *f
	g.dir = filepath.Base(f.dir)
	g.with(func(v *vault.Vault) {
		if got := v.Status().Path; got != real {
			t.Errorf("remembered at %s, is at %s", got, real)
		}
	}, readOnly)
	old := filepath.Join(t.TempDir(), "old")
	copyDir(t, f.dir, old)
	f.with(func(v *vault.Vault) { set(t, v, "A", "new") })
	copyDir(t, old, f.dir)
	_, err = g.tryOpen(readOnly)
	wantCode(t, err, vault.RolledBack)
}

// An expectation holds where the memory cannot be read, too.
func TestExpectBesideDamagedMemory(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.damageMemory()
	var other string
	newFixture(t).with(func(v *vault.Vault) { other = v.Status().Pin })
	o := f.options()
	o.Expect = other
	_, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: o})
	wantCode(t, err, vault.Substituted)
}

// damageMemory makes what the machine remembers of its vaults unreadable.
func (f *fixture) damageMemory() {
	f.t.Helper()
	err := filepath.WalkDir(filepath.Join(f.state, "vaults"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.WriteFile(path, []byte("damaged"), 0o600)
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// A second machine follows where the first has accepted a rollback: across the
// leap if it has not seen what was discarded, and not at all if it has.
func TestFollowAcrossLeap(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	before, after := f.machine("saw what came before"), f.machine("saw what was discarded")
	f.with(func(v *vault.Vault) { set(t, v, "A", "1") })
	before.with(func(*vault.Vault) {}, readOnly)
	old := filepath.Join(t.TempDir(), "old")
	copyDir(t, f.dir, old)
	f.with(func(v *vault.Vault) {
		for i := range 9 {
			set(t, v, "A", fmt.Sprint("discarded ", i))
		}
	})
	after.with(func(*vault.Vault) {}, readOnly)
	discarded := filepath.Join(t.TempDir(), "discarded")
	copyDir(t, f.dir, discarded)
	copyDir(t, old, f.dir)

	st, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options(), AcceptRollback: true})
	if err != nil {
		t.Fatal(err)
	}
	if st.Seq != 12 {
		t.Errorf("commit %d, want one above the 11 that were seen", st.Seq)
	}
	f.with(func(v *vault.Vault) {
		for i := range 20 {
			set(t, v, "A", fmt.Sprint("kept ", i))
		}
		verifies(t, v)
	})
	before.with(func(v *vault.Vault) {
		if get(t, v, "A") != "kept 19" {
			t.Error("another value")
		}
		set(t, v, "A", "by the second")
	})
	f.with(func(v *vault.Vault) { verifies(t, v) }, readOnly)
	_, err = after.tryOpen(readOnly)
	wantCode(t, err, vault.Forked)
	// What was discarded cannot come back as newer.
	copyDir(t, discarded, f.dir)
	for _, g := range []*fixture{f, before} {
		_, err = g.tryOpen(readOnly)
		wantCode(t, err, vault.RolledBack)
	}
}

// A leap over more commits than the log reaches back takes their entries with
// it; what is left still proves what it can.
func TestLongLeap(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	old, last := f.machine("old"), f.machine("last")
	sets := func(n int) func(*vault.Vault) {
		return func(v *vault.Vault) {
			for range n {
				set(t, v, "A", "a")
			}
		}
	}
	f.with(sets(6))
	old.with(func(*vault.Vault) {}, readOnly)
	f.with(sets(34))
	last.with(func(v *vault.Vault) {
		if seq := v.Status().Seq; seq != 41 {
			t.Fatalf("at commit %d", seq)
		}
	}, readOnly)

	f.hasSeen(crypto.LogWindow + 20)
	_, err := f.tryOpen(readOnly)
	wantCode(t, err, vault.RolledBack)
	if _, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options(), AcceptRollback: true}); err != nil {
		t.Fatal(err)
	}
	f.with(sets(1))
	f.with(func(v *vault.Vault) { verifies(t, v) })
	// The head is at LogWindow + 22: of the old ones 23 to 40 are in the log, and
	// 41, from which the leap was made.
	if log := f.keys("l/"); len(log) != 18+1+1 || log[0] != "l/0000000023" {
		t.Errorf("%d entries of the log, from %s on", len(log), log[0])
	}
	last.with(func(v *vault.Vault) { verifies(t, v) }, readOnly)
	_, err = old.tryOpen(readOnly)
	wantCode(t, err, vault.Unproven)

	// A sweep keeps it as well.
	f.raw(func(w store.Writer) error { return w.Put([]byte("p"), []byte("9")) })
	f.with(sets(1))
	if log := f.keys("l/"); !slices.Contains(log, "l/0000000041") {
		t.Errorf("the sweep has taken the last entry before the leap: %d are left, from %s on", len(log), log[0])
	}
	last.with(func(v *vault.Vault) { verifies(t, v) }, readOnly)
}

// hasSeen makes the machine believe that it has seen the vault at a commit of
// which the vault knows nothing.
func (f *fixture) hasSeen(seq uint64) {
	f.t.Helper()
	dir, st, m := f.memory()
	at := crypto.Point{Seq: seq, Digest: crypto.Sum([]byte("never committed"))}
	if err := dir.Save(f.parsedID(st), st.Path, anchor.Update{Pin: m.Pin, Point: at}); err != nil {
		f.t.Fatal(err)
	}
}

// memory opens the vault, and returns what the machine remembers of it then.
func (f *fixture) memory() (dir anchor.Dir, st vault.Status, m anchor.Memory) {
	f.t.Helper()
	f.with(func(v *vault.Vault) { st = v.Status() }, locked)
	dir, err := anchor.At(f.state)
	if err == nil {
		m, err = dir.Load(f.parsedID(st), st.Path)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return dir, st, m
}

func (f *fixture) parsedID(st vault.Status) crypto.ID {
	f.t.Helper()
	id, err := crypto.ParseID(st.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}
