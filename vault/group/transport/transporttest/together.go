package transporttest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

const users = 4

// Of several who put something else under one key, one does.
func testConcurrentOnce(t *testing.T, p Place) {
	var all []user
	for range users {
		all = append(all, open(t, p))
	}
	for seq := 1; seq <= 10; seq++ {
		done := make([]error, users)
		var wait sync.WaitGroup
		for i, u := range all {
			wait.Go(func() { done[i] = u.Put(u.ctx, changes(seq), fmt.Appendf(nil, "of %d", i), nil) })
		}
		wait.Wait()
		winner := -1
		for i, err := range done {
			switch {
			case err == nil && winner < 0:
				winner = i
			case !errors.Is(err, transport.ErrTaken):
				t.Errorf("%d: %v, and %d has won", i, err, winner)
			}
		}
		if winner < 0 {
			t.Fatal("nobody has won")
		}
		all[0].want(changes(seq), fmt.Sprint("of ", winner))
	}
}

// Of several who replace one value, one does: every step of a count is seen once.
func testConcurrentReplace(t *testing.T, p Place) {
	const steps = 8
	first := open(t, p)
	first.put(beat(), "0")
	var wait sync.WaitGroup
	for range users {
		u := open(t, p)
		wait.Go(func() {
			for done := 0; done < steps; {
				old, err := u.Get(u.ctx, beat())
				if err != nil {
					t.Error(err)
					return
				}
				var n int
				if _, err := fmt.Sscan(string(old), &n); err != nil {
					t.Errorf("read %q", old)
					return
				}
				// The byte in the middle tells two that count to the same number apart.
				switch err := u.Put(u.ctx, beat(), fmt.Appendf(nil, "%d %d", n+1, rand.Uint64()), old); {
				case err == nil:
					done++
				case !errors.Is(err, transport.ErrTaken):
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	got, err := first.Get(first.ctx, beat())
	var n int
	if _, scanned := fmt.Sscan(string(got), &n); err != nil || scanned != nil || n != users*steps {
		t.Errorf("%q after %d steps, %v", got, users*steps, err)
	}
}

// testRandom compares with a map.
func testRandom(t *testing.T, p Place) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	all := []user{open(t, p), open(t, p)}
	model := map[string]string{}
	keys := append(every(), changes(2), changes(3), transport.BeatKey(other, owner))
	for i := range 200 {
		u, key := all[r.IntN(len(all))], keys[r.IntN(len(keys))]
		there, ok := model[key]
		data := fmt.Sprint("v", i)
		switch r.IntN(6) {
		case 0, 1:
			if ok {
				u.taken(key, data, "")
				u.replace(key, data, there)
			} else {
				u.taken(key, data, "nothing")
				u.put(key, data)
			}
			model[key] = data
		case 2:
			if err := transport.Delete(u.ctx, u.Transport, key); err == nil {
				delete(model, key)
			} else if !p.NoDelete {
				t.Fatal(err)
			}
		case 3:
			u.wantAll("", slices.Collect(maps.Keys(model))...)
		default:
			if ok {
				u.want(key, there)
			} else {
				u.wantNone(key)
			}
		}
	}
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
}

func testWait(t *testing.T, p Place) {
	if p.NoWait {
		t.Skip("nothing wakes a Wait here")
	}
	waiter, writer := open(t, p), open(t, p)
	prefixes := []string{transport.Prefix(transport.Changes, group), beat(), "j/"}
	heard := make(chan error)
	again := make(chan bool)
	go func() {
		defer close(heard)
		for range again {
			heard <- waiter.Wait(waiter.ctx, prefixes...)
		}
	}()
	defer close(again)
	// The first Wait may return at once, or not before something changes.
	again <- true
	writer.put(changes(1), "x")
	if err := <-heard; err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		// Before the Wait: it must not be missed. During it: it must wake.
		writer.put(changes(2*i+2), "x")
		again <- true
		if err := <-heard; err != nil {
			t.Fatal(err)
		}
		again <- true
		writer.put(changes(2*i+3), "x")
		if err := <-heard; err != nil {
			t.Fatal(err)
		}
	}
	again <- true
	writer.put(beat(), "x")
	if err := <-heard; err != nil {
		t.Fatal(err)
	}
	writer.put(transport.JoinKey(other, invite, owner), "x")
	again <- true
	if err := <-heard; err != nil {
		t.Fatal(err)
	}
}

// A Wait ends with its context, sooner or later, and the transport is of use after it.
func testWaitEnds(t *testing.T, p Place) {
	u := open(t, p)
	ctx, cancel := context.WithCancel(u.ctx)
	ended := make(chan error)
	go func() {
		for {
			if err := u.Wait(ctx, beat()); err != nil {
				ended <- err
				return
			}
		}
	}()
	u.put(changes(1), "x")
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a Wait that was cancelled: %v", err)
	}
	u.put(changes(2), "x")
	u.want(changes(1), "x")
}

func testCancelled(t *testing.T, p Place) {
	u := open(t, p)
	ctx, cancel := context.WithCancel(u.ctx)
	cancel()
	_, get := u.Get(ctx, beat())
	_, list := u.List(ctx, "", "")
	for what, err := range map[string]error{"Get": get, "List": list, "Put": u.Put(ctx, beat(), []byte("x"), nil), "Delete": transport.Delete(ctx, u.Transport, beat())} {
		if !errors.Is(err, context.Canceled) && (what != "Delete" || !p.NoDelete) {
			t.Errorf("%s: %v", what, err)
		}
	}
	u.wantNone(beat())
}

func testClosed(t *testing.T, p Place) {
	u := open(t, p)
	u.put(beat(), "x")
	waiting := make(chan error)
	go func() {
		for {
			if err := u.Wait(u.ctx, changes(1)); err != nil {
				waiting <- err
				return
			}
		}
	}()
	for range 2 {
		if err := transport.Close(u.Transport); err != nil {
			t.Fatal(err)
		}
	}
	_, get := u.Get(u.ctx, beat())
	_, list := u.List(u.ctx, "", "")
	for what, err := range map[string]error{"Get": get, "List": list, "Put": u.Put(u.ctx, beat(), []byte("y"), []byte("x")), "Wait": <-waiting} {
		if !errors.Is(err, transport.ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	open(t, p).want(beat(), "x")
}
