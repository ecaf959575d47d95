package vault_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

func manyChanges(n int, value string) []vault.Change {
	changes := make([]vault.Change, 0, n)
	for i := range n {
		changes = append(changes, vault.Change{Name: fmt.Sprintf("N%06d", i), Value: vault.Text(value)})
	}
	return changes
}

// largeChanges are few, and more bytes than a transaction holds.
func largeChanges(letter string) []vault.Change {
	return manyChanges(300, strings.Repeat(letter, 9000))
}

func TestBatchIsOneCommit(t *testing.T) {
	t.Parallel()
	t.Run("bytes", func(t *testing.T) { batchIsOneCommit(t, largeChanges) })
	t.Run("entries", func(t *testing.T) {
		long(t)
		batchIsOneCommit(t, func(letter string) []vault.Change { return manyChanges(9000, letter) })
	})
}

func batchIsOneCommit(t *testing.T, changes func(letter string) []vault.Change) {
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		before := v.Status().Seq
		steps := 0
		if _, err := v.Apply(t.Context(), changes("a"), func(done, total int) { steps++ }); err != nil {
			t.Fatal(err)
		}
		if steps < 2 {
			t.Errorf("written in %d steps: not a batch", steps)
		}
		second := changes("b")
		if st := v.Status(); st.Seq != before+1 || st.Names != len(second) {
			t.Errorf("status %+v", st)
		}
		if _, err := v.Apply(t.Context(), second, nil); err != nil {
			t.Fatal(err)
		}
		for _, c := range []vault.Change{second[0], second[len(second)-1]} {
			if get(t, v, c.Name) != string(c.Value.Reveal()) {
				t.Error("not all is changed")
			}
		}
		verifies(t, v)
	})
}

func TestBatchIsAllOrNothing(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	set(t, v, "A", "a")
	bad := []vault.Change{
		{Name: "B", Value: vault.Text("b")},
		{Name: "C", Value: vault.Text("c")},
		{Name: "D", Value: vault.Text(strings.Repeat("x", 10_001))},
	}
	_, err := v.Apply(t.Context(), bad, nil)
	wantCode(t, err, vault.InvalidValue)
	twice := []vault.Change{{Name: "B", Value: vault.Text("b")}, {Name: "B", Value: vault.Text("c")}}
	_, err = v.Apply(t.Context(), twice, nil)
	wantCode(t, err, vault.InvalidValue)
	if st := v.Status(); st.Names != 1 || st.Seq != 2 {
		t.Errorf("status %+v", st)
	}
	verifies(t, v)
}

// A batch that is cancelled half-way is taken back.
func TestBatchCancelled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		if _, err := v.Apply(t.Context(), manyChanges(300, "old"), nil); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := v.Apply(ctx, largeChanges("n"), func(done, total int) { cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if get(t, v, "N000000") != "old" {
			t.Error("changed by a cancelled batch")
		}
		verifies(t, v)
	})
	if keys := f.keys("p"); len(keys) != 0 {
		t.Errorf("left behind: %v", keys)
	}
	if n := len(f.keys("s/")); n != 300 {
		t.Errorf("%d records, want 300", n)
	}
}

// What a killed batch leaves is invisible to readers and swept by a writer:
// staged records, nodes in dual form, new nodes, a staged slot.
func TestLeftoversAreSwept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		if _, err := v.Apply(t.Context(), manyChanges(100, "old"), nil); err != nil {
			t.Fatal(err)
		}
	})
	records := f.keys("s/")
	f.raw(func(w store.Writer) error {
		if err := w.Put([]byte("p"), []byte("3")); err != nil {
			return err
		}
		record := mustGet(t, w, []byte(records[0]))
		for _, key := range []string{"s/N000000/0000000002/0000000003", "s/NEW/0000000001/0000000003", "k/0000000002"} {
			if err := w.Put([]byte(key), record); err != nil {
				return err
			}
		}
		for key, err := range w.Keys([]byte("i"), nil) {
			if err != nil {
				return err
			}
			body := mustGet(t, w, key)[1:]
			dual := crypto.Node{Key: key, Body: append([]byte("new"), body...), Old: body}
			if err := w.Put(key, dual.Dual()); err != nil {
				return err
			}
		}
		return w.Put([]byte("i\x05abc"), []byte("new node"))
	})
	f.with(func(v *vault.Vault) {
		_, err := v.Read(t.Context(), "NEW")
		wantCode(t, err, vault.NotFound)
		if get(t, v, "N000000") != "old" {
			t.Error("a reader sees the batch")
		}
		verifies(t, v)
	}, readOnly)
	f.with(func(v *vault.Vault) {
		set(t, v, "NEW", "new")
		verifies(t, v)
	})
	if got := f.keys("s/"); len(got) != 101 {
		t.Errorf("%d records, want 101", len(got))
	}
	if got := append(f.keys("p"), f.keys("k/0000000002")...); len(got) != 0 {
		t.Errorf("not swept: %v", got)
	}
}

// More deletions than a transaction takes come after the head, in steps.
func TestBatchTrims(t *testing.T) {
	t.Parallel()
	long(t)
	const n = 9000
	f := newFixture(t, func(o *vault.CreateOptions) { o.Policy = vault.Policy{MaxValue: 100, History: 1} })
	f.with(func(v *vault.Vault) {
		for _, value := range []string{"one", "two"} {
			if _, err := v.Apply(t.Context(), manyChanges(n, value), nil); err != nil {
				t.Fatal(err)
			}
		}
		verifies(t, v)
	})
	if got := len(f.keys("s/")); got != n {
		t.Errorf("%d records, want %d", got, n)
	}
}
