package vault_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
)

// soon fails the test if fn has not returned after a while.
func soon(t *testing.T, what string, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); fn() }()
	select {
	case <-done:
	case <-time.After(3 * time.Minute):
		t.Fatalf("%s does not end", what)
	}
}

// A purge waits for readers, and keeps new ones waiting: a reader that asked
// for a second snapshot would wait for ever.
func TestVerifyBesidePurge(t *testing.T) {
	v := newFixture(t).open()
	set(t, v, "A", "a")
	set(t, v, "B", "b")
	purged := make(chan error, 1)
	var once sync.Once
	soon(t, "verify", func() {
		r, err := v.Verify(context.Background(), vault.VerifyOptions{Progress: func(int, int) {
			once.Do(func() {
				go func() {
					_, err := v.Delete(context.Background(), "A", vault.DeleteOptions{Purge: true})
					purged <- err
				}()
				time.Sleep(300 * time.Millisecond) // until it waits
			})
		}})
		if err != nil || len(r.Findings) > 0 {
			t.Errorf("%+v, %v", r.Findings, err)
		}
	})
	if err := <-purged; err != nil {
		t.Error(err)
	}
}

// Everything at once, for the race detector and against lock-ups.
func TestEverythingAtOnce(t *testing.T) {
	f := newFixture(t)
	v := f.open()
	set(t, v, "A", "a")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for _, do := range []func(i int) error{
		func(i int) error { _, err := v.Set(ctx, "B", vault.Text(fmt.Sprint(i))); return err },
		func(i int) error { _, err := v.Read(ctx, "A"); return err },
		func(i int) error { _, err := v.List(ctx, vault.ListOptions{Details: true}); return err },
		func(i int) error { return v.Unlock(ctx, f.key) },
		func(i int) error { v.Status(); v.Policy(); v.Unlocked(); return nil },
		func(i int) error {
			r, err := v.Verify(ctx, vault.VerifyOptions{Full: true})
			if err == nil && len(r.Findings) > 0 {
				err = fmt.Errorf("%+v", r.Findings)
			}
			return err
		},
		func(i int) error {
			if i%20 != 0 {
				return nil
			}
			set(t, v, "C", "c")
			_, err := v.Delete(context.Background(), "C", vault.DeleteOptions{Purge: true})
			return err
		},
	} {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if err := do(i); err != nil && vault.CodeOf(err) != "" {
					t.Error(err)
					return
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	soon(t, "the crowd", wg.Wait)
	verifies(t, v)
}

// Close waits for those who read and write; whoever comes later gets an error,
// and nobody a vault that is half closed.
func TestCloseBesideUse(t *testing.T) {
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "a") })
	v := f.open()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				sec, err := v.Read(context.Background(), "A")
				if err == nil {
					_, err = v.Set(context.Background(), "A", sec.Value)
				}
				if err == nil {
					continue
				}
				if vault.CodeOf(err).Tampering() {
					t.Errorf("closing looks like tampering: %v", err)
				}
				return
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	soon(t, "Close", func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	soon(t, "the others", wg.Wait)
	if err := v.Unlock(t.Context(), f.key); err == nil || v.Unlocked() {
		t.Errorf("unlocked after Close: %v", err)
	}
}

// Unlocking again takes nothing away from those who are reading.
func TestUnlockBesideReads(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.open()
	set(t, v, "A", "a")
	set(t, v, "B", "b")
	var once sync.Once
	r, err := v.Verify(t.Context(), vault.VerifyOptions{Full: true, Progress: func(int, int) {
		once.Do(func() {
			if err := v.Unlock(context.Background(), f.key); err != nil {
				t.Error(err)
			}
		})
	}})
	if err != nil || len(r.Findings) > 0 {
		t.Errorf("%+v, %v", r.Findings, err)
	}
}

// Who waits behind another's long batch can give up waiting.
func TestContextEndsWaitForWriter(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var once sync.Once
	waited := make(chan error, 1)
	_, err := v.Apply(t.Context(), largeChanges("x"), func(int, int) {
		once.Do(func() {
			go func() {
				_, err := v.Set(ctx, "A", vault.Text("a"))
				waited <- err
			}()
			select {
			case err := <-waited:
				waited <- err
			case <-time.After(3 * time.Minute):
				t.Error("the wait goes on after the context's end")
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-waited; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
