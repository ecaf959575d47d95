package vault_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// A faulty store fails one Update, or all from there on, in one of the ways in
// which the store on disk can.
type faulty struct {
	store.Store
	fault fault
	at    int // which Update fails, from 1
	calls int
	dead  error // a commit that failed half way ends the use of the store
}

type fault struct {
	name      string
	committed bool  // the change is on the disk all the same
	lasting   bool  // every later Update fails too
	err       error // what Update says
}

var faults = []fault{
	{name: "once", err: store.ErrNoSpace},
	{name: "from then on", err: store.ErrNoSpace, lasting: true},
	{name: "uncertain, not written", err: store.ErrUncertain},
	{name: "uncertain, written", err: store.ErrUncertain, committed: true},
}

func (s *faulty) View(fn func(store.Reader) error) error {
	if s.dead != nil {
		return s.dead
	}
	return s.Store.View(fn)
}

func (s *faulty) Update(fn func(store.Writer) error) error {
	if s.dead != nil {
		return s.dead
	}
	s.calls++
	if s.calls != s.at && (!s.fault.lasting || s.calls < s.at) {
		return s.Store.Update(fn)
	}
	failed := errors.New("rolled back")
	err := s.Store.Update(func(w store.Writer) error {
		if err := fn(w); err != nil || s.fault.committed {
			return err
		}
		return failed
	})
	if err != nil && err != failed {
		return err // refused before it came to a commit
	}
	err = fmt.Errorf("injected: %w", s.fault.err)
	if errors.Is(err, store.ErrUncertain) {
		s.dead = err
	}
	return err
}

// It is Update that fails here; the bytes of what is deleted are not looked at.
func (s *faulty) Purge(context.Context) error { return nil }
func (s *faulty) CheckPurge([]byte) error     { return nil }

// failing makes Update number n of the vault's handle fail.
func failing(v *vault.Vault, n int, how fault) *faulty {
	s := &faulty{fault: how, at: n}
	v.WrapStore(func(inner store.Store) store.Store { s.Store = inner; return s })
	return s
}

// A faultCase is a batch, and what the vault held before it.
type faultCase struct {
	names   int
	size    int // characters of a value
	history int
	last    int // fail only so many of the last Updates; 0: all
	faults  []fault
}

func (c faultCase) changes(letter string) []vault.Change {
	return manyChanges(c.names, strings.Repeat(letter, c.size))
}

// A batch during which any one of the store's transactions fails, in any way,
// is there whole or not at all: to the same handle if it can still read, and to
// the next one; the next writer sweeps, and nothing is left over.
func TestBatchFaults(t *testing.T) {
	t.Parallel()
	cases := map[string]faultCase{
		"records":            {names: 200, size: 9000, history: 3, faults: faults},
		"many deletions too": {names: 4000, size: 1, history: 1, last: 4, faults: faults[:1]},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && c.last > 0 {
				t.Skip("long")
			}
			f := newFixture(t, func(o *vault.CreateOptions) { o.Policy = vault.Policy{MaxValue: 10_000, History: c.history} })
			f.with(func(v *vault.Vault) {
				if _, err := v.Apply(t.Context(), c.changes("a"), nil); err != nil {
					t.Fatal(err)
				}
				set(t, v, "OTHER", "other")
			})
			total := f.copy("count").faultyBatch(c, 0, fault{})
			t.Logf("%d updates", total)
			if total < 4 {
				t.Fatalf("%d updates: not a batch", total)
			}
			first := 1
			if c.last > 0 {
				first = total - c.last + 1
			}
			for n := first; n <= total; n++ {
				for i, how := range c.faults {
					if spared(n + i) {
						continue
					}
					t.Run(fmt.Sprintf("%s at %d", how.name, n), func(t *testing.T) {
						g := f.copy("faulty")
						g.t = t
						g.faultyBatch(c, n, how)
						g.afterFault(c)
					})
				}
			}
		})
	}
}

// spared leaves out, where time is short, all but one way to fail for each of
// the transactions, another one each time.
func spared(n int) bool { return testing.Short() && n%len(faults) != 0 }

// copy is the same vault at another place of this machine.
func (f *fixture) copy(name string) *fixture {
	f.t.Helper()
	g := *f
	g.dir = filepath.Join(f.t.TempDir(), name)
	g.state = filepath.Join(f.t.TempDir(), "state")
	copyDir(f.t, f.dir, g.dir)
	return &g
}

// faultyBatch applies the batch while Update number n fails, asks that the
// handle then tells one state or the other, or nothing, and returns how many
// Updates there were.
func (f *fixture) faultyBatch(c faultCase, n int, how fault) int {
	f.t.Helper()
	v := f.open()
	defer v.Close()
	s := failing(v, n, how)
	_, err := v.Apply(context.Background(), c.changes("b"), nil)
	if s.dead != nil {
		return s.calls // the handle can do nothing more
	}
	want := "a"
	if err == nil {
		want = "b"
	}
	if got := f.batchState(v, c); got != want {
		f.t.Errorf("Apply said %v, the handle tells %s", err, got)
	}
	if how.lasting {
		return s.calls
	}
	// The disk works again: the same handle goes on.
	calls := s.calls
	set(f.t, v, "OTHER", "later")
	if _, err := v.Apply(context.Background(), c.changes(want), nil); err != nil {
		f.t.Error(err)
	}
	f.whole(v)
	return calls
}

// batchState is the letter that all values of the batch consist of.
func (f *fixture) batchState(v *vault.Vault, c faultCase) string {
	f.t.Helper()
	all, err := v.ReadAll(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	states := map[string]int{}
	for _, sec := range all {
		if sec.Name != "OTHER" {
			states[string(sec.Value.Reveal()[:1])]++
		}
	}
	for state, n := range states {
		if n == c.names && len(states) == 1 {
			return state
		}
	}
	f.t.Fatalf("the batch is there in part: %v", states)
	return ""
}

// afterFault opens the vault anew: a reader first, then a writer.
func (f *fixture) afterFault(c faultCase) {
	f.t.Helper()
	var state string
	f.with(func(v *vault.Vault) {
		state = f.batchState(v, c)
		verifies(f.t, v)
	}, readOnly)
	f.with(func(v *vault.Vault) {
		set(f.t, v, "OTHER", "after")
		if got := f.batchState(v, c); got != state {
			f.t.Errorf("a sweep changed the state from %s to %s", state, got)
		}
		f.whole(v)
	})
}

// whole asks that the vault verifies and that nothing waits to be swept.
func (f *fixture) whole(v *vault.Vault) {
	f.t.Helper()
	r, err := v.Verify(context.Background(), vault.VerifyOptions{})
	if err != nil {
		f.t.Fatal(err)
	}
	if r.Unfinished || len(r.Findings) > 0 {
		f.t.Errorf("unfinished: %t, findings: %+v", r.Unfinished, r.Findings[:min(3, len(r.Findings))])
	}
}

// A single change that fails has changed nothing, and the next one works.
func TestSetFaults(t *testing.T) {
	t.Parallel()
	for _, how := range faults {
		t.Run(how.name, func(t *testing.T) {
			f := newFixture(t)
			f.with(func(v *vault.Vault) { set(t, v, "A", "old") })
			v := f.open()
			s := failing(v, 1, how)
			_, err := v.Set(t.Context(), "A", vault.Text("new"))
			if !errors.Is(err, how.err) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "new") {
				t.Errorf("the error holds the value: %v", err)
			}
			if s.dead == nil && get(t, v, "A") != "old" {
				t.Error("a failed set changed the value")
			}
			v.Close()
			f.with(func(v *vault.Vault) {
				want := "old"
				if how.committed {
					want = "new"
				}
				if got := get(t, v, "A"); got != want {
					t.Errorf("got %s", got)
				}
				set(t, v, "A", "newest")
				f.whole(v)
			})
		})
	}
}
