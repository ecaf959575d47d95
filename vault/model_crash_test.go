package vault_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"pgregory.net/rapid"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// openAgain opens the vault by any of its slots.
func (m *model) openAgain(rt *rapid.T) {
	m.f.key = m.slots[rapid.IntRange(0, len(m.slots)-1).Draw(rt, "slot")].key
	v, err := m.f.tryOpen()
	if err != nil {
		rt.Fatal(err)
	}
	m.v = v
}

// reopen closes the vault, asks that no key of a slot that is no more opens it,
// looks at it through a reader, and opens it again.
func (m *model) reopen(rt *rapid.T) {
	m.counts["reopen"]++
	if err := m.v.Close(); err != nil {
		rt.Fatal(err)
	}
	if len(m.lost) > 0 {
		key := rapid.SampledFrom(m.lost).Draw(rt, "lost key")
		v, err := m.f.tryOpen(readOnly, func(o *vault.Options) { o.Keys = []crypto.Key{key} })
		if !errors.Is(err, vault.WrongKey) {
			rt.Fatalf("a lost key: %v", err)
		}
		if v != nil {
			v.Close()
		}
	}
	m.beside(rt)
	m.openAgain(rt)
}

// beside opens two readers at once, and holds one against the model.
func (m *model) beside(rt *rapid.T) {
	m.f.key = m.slots[0].key
	a, err := m.f.tryOpen(readOnly)
	if err != nil {
		rt.Fatal(err)
	}
	defer a.Close()
	b, err := m.f.tryOpen(readOnly)
	if err != nil {
		rt.Fatal(err)
	}
	defer b.Close()
	if _, err := b.Set(context.Background(), "A", vault.Text("x")); !errors.Is(err, vault.ReadOnly) {
		rt.Fatalf("a reader writes: %v", err)
	}
	writer := m.v
	m.v = b
	m.mustHold(rt)
	m.v = writer
}

// suspend lets others have the vault for a while; while the handle has it nobody
// else does.
func (m *model) suspend(rt *rapid.T) {
	m.counts["suspend"]++
	if v, err := m.f.tryOpen(readOnly, func(o *vault.Options) { o.Wait = 0 }); !errors.Is(err, vault.Busy) {
		if v != nil {
			v.Close()
		}
		rt.Fatalf("a reader beside a writer: %v", err)
	}
	if err := m.v.Suspend(context.Background()); err != nil {
		rt.Fatal(err)
	}
	if _, err := m.v.Read(context.Background(), "A"); !errors.Is(err, vault.Busy) {
		rt.Fatalf("a read while suspended: %v", err)
	}
	m.beside(rt)
	if err := m.v.Resume(context.Background()); err != nil {
		rt.Fatal(err)
	}
}

// crash goes on with the files as kill -9 leaves them: as they are while the
// writer has them open.
func (m *model) crash(rt *rapid.T) {
	m.counts["crash"]++
	m.leave(rt)
	if rapid.Bool().Draw(rt, "reader first") {
		m.beside(rt)
	}
	m.openAgain(rt)
}

// leave puts what the files are now in the place of what they will be closed.
func (m *model) leave(rt *rapid.T) {
	left := m.f.dir + ".left"
	for {
		before, err := fileSet(m.f.dir)
		if err == nil {
			err = tryCopyDir(m.f.dir, left)
		}
		after, lerr := fileSet(m.f.dir)
		if err == nil && lerr == nil && before == after {
			break
		}
		// A merge of tables was under way: no moment in time looks like this copy.
	}
	m.v.Close() // it may be past closing well
	if err := errors.Join(os.RemoveAll(m.f.dir), os.Rename(left, m.f.dir)); err != nil {
		rt.Fatal(err)
	}
}

// fault makes a change while one of the store's commits fails, or all from one
// on. The vault is then in the state before or in the state after, told alike by
// the handle, where it can still read, and by the next one.
func (m *model) fault(rt *rapid.T) {
	kinds := slices.Sorted(maps.Keys(m.mutations()))
	name := rapid.SampledFrom(kinds).Draw(rt, "change")
	mu := m.mutations()[name](rt)
	s := failing(m.v, rapid.IntRange(1, 8).Draw(rt, "at"), rapid.SampledFrom(faults).Draw(rt, "how"))
	err := mu.do(m.v)
	m.counts["fault"]++
	injected := err != nil && errors.Is(err, s.fault.err)
	if err != nil && !injected && (mu.code == "" || !errors.Is(err, mu.code)) {
		rt.Fatalf("%s under a fault: want %q, got %v", name, mu.code, err)
	}
	if err == nil && mu.code != "" {
		rt.Fatalf("%s under a fault: want %q, got nil", name, mu.code)
	}
	if injected {
		m.counts["failed "+name]++
	}
	alive := s.dead == nil
	if err == nil {
		mu.done()
	}
	if alive {
		if err != nil && m.holds() != nil {
			rt.Fatalf("%s failed (%v), and the handle tells another state: %v", name, err, m.holds())
		}
		m.v.WrapStore(func(store.Store) store.Store { return s.Store })
		if rapid.Bool().Draw(rt, "go on") {
			return
		}
	}
	if rapid.Bool().Draw(rt, "crash") {
		m.leave(rt)
	} else {
		m.v.Close() // it may be past closing well
	}
	m.settle(rt, name, mu, err, alive)
}

// settle opens the vault after a change that may have failed, and finds out
// which of the two states it is in.
func (m *model) settle(rt *rapid.T, name string, mu mutation, failed error, alive bool) {
	before := m.slots
	m.f.key = before[0].key
	v, err := m.f.tryOpen()
	if errors.Is(err, vault.WrongKey) && failed != nil && !alive && mu.code == "" {
		mu.done() // the slot went with the change
		mu.done = nil
		m.openAgain(rt)
	} else if err != nil {
		rt.Fatalf("%s: %v", name, err)
	} else {
		m.v = v
	}
	old := m.holds()
	if old == nil {
		return
	}
	if failed == nil || alive || mu.code != "" || mu.done == nil {
		rt.Fatalf("%s (%v) left another state: %v", name, failed, old)
	}
	mu.done()
	if err := m.holds(); err != nil {
		rt.Fatalf("%s (%v) left neither the state before (%v) nor that after: %v", name, failed, old, err)
	}
	m.counts["uncertain, and was there"]++
}

// fileSet is the names, sizes and times of the store's files.
func fileSet(dir string) (set string, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, "db"))
	for _, e := range entries {
		info, ierr := e.Info()
		if ierr != nil {
			return "", ierr
		}
		set += fmt.Sprintln(e.Name(), info.Size(), info.ModTime())
	}
	return set, err
}
