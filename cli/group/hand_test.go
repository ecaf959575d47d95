package group

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
	_ "github.com/tacit-vault/tacit/vault/ondisk" // tests open vaults
)

// slow is a place that answers Get when it may.
type slow struct {
	transport.Transport
	asked chan struct{}
	may   chan struct{}
}

func (s slow) Get(context.Context, string) ([]byte, error) {
	s.asked <- struct{}{}
	<-s.may
	return []byte("x"), nil
}

// kept is a vault that is lent.
type kept struct{ v *vault.Vault }

func (k kept) Lend(ctx context.Context) error   { return k.v.Suspend(ctx) }
func (k kept) Recall(ctx context.Context) error { return k.v.Resume(ctx) }

// While an address does not answer, another process writes to the vault; afterwards the
// vault is there again, with what was written.
func TestLending(t *testing.T) {
	t.Parallel()
	_, key, lock := cryptotest.NewKey(t, false)
	dir, state := filepath.Join(t.TempDir(), "vault"), t.TempDir()
	v, err := vault.Create(t.Context(), dir, vault.CreateOptions{State: state, Slots: []vault.NewSlot{{Label: "identity", Lock: lock}}})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	place := slow{transport.NewMemory().Open(), make(chan struct{}), make(chan struct{})}
	l := lending{place, &loan{vault: kept{v}, since: time.Now()}}
	got := make(chan error)
	go func() {
		_, err := l.Get(t.Context(), "key")
		got <- err
	}()
	<-place.asked
	other, err := vault.Open(t.Context(), dir, vault.Options{Keys: []crypto.Key{key}, Write: true, Wait: time.Minute, State: state})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Set(t.Context(), "A", vault.Text("a")); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	place.may <- struct{}{}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	if sec, err := v.Read(t.Context(), "A"); err != nil || string(sec.Value.Reveal()) != "a" {
		t.Error(err)
	}
}

// counter counts loans.
type counter struct {
	mu              sync.Mutex
	lent, recalled  int
	failing, failed error
}

func (c *counter) Lend(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lent++
	return c.failing
}

func (c *counter) Recall(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.recalled++
	return c.failed
}

// A place that answers at once, or keeps others waiting, costs a loan where others would
// wait for it, and one for all that wait at once.
func TestLoans(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &counter{}
		l := &loan{vault: c, since: time.Now()}
		ask := func(takes time.Duration) error {
			_, lost := during(t.Context(), l, func(context.Context) (struct{}, error) { time.Sleep(takes); return struct{}{}, nil }, nil)
			return lost
		}
		loans := func(want int) {
			t.Helper()
			if c.lent != want || c.recalled != want {
				t.Errorf("lent %d times, recalled %d times, must be %d", c.lent, c.recalled, want)
			}
		}
		for range 9 { // that is less than others wait
			ask(patience - time.Millisecond)
		}
		loans(0)
		ask(patience + time.Millisecond)
		loans(1)
		for range 12 {
			ask(patience - time.Millisecond) // the last of these begins after atMost
		}
		loans(2)
		var wait sync.WaitGroup
		for n := range 8 {
			wait.Go(func() { ask(patience + time.Duration(n+1)*time.Millisecond) })
		}
		wait.Wait()
		loans(3)
		c.failed = errors.New("rotated")
		if err := ask(time.Hour); !errors.Is(err, c.failed) {
			t.Error(err)
		}
		c.failing = errors.New("closed")
		if err := ask(time.Hour); !errors.Is(err, c.failing) {
			t.Error(err)
		}
		// A command that is ended needs no vault.
		c.failing = nil
		ctx, cancel := context.WithCancel(t.Context())
		before := c.recalled
		_, err := during(ctx, l, func(context.Context) (struct{}, error) { time.Sleep(time.Second); cancel(); return struct{}{}, nil }, nil)
		if !errors.Is(err, context.Canceled) || c.recalled != before {
			t.Error(err, c.recalled)
		}
	})
}

// hung is a place that hangs in the system: no context ends what it is asked.
type hung struct {
	transport.Transport
	asked chan struct{} // receives what is asked
	may   chan struct{} // closed at the end
}

func (h hung) hang() error {
	h.asked <- struct{}{}
	<-h.may
	return transport.ErrUnreachable
}

func (h hung) Get(context.Context, string) ([]byte, error)       { return nil, h.hang() }
func (h hung) Wait(context.Context, ...string) error             { return h.hang() }
func (h hung) Put(context.Context, string, []byte, []byte) error { return h.hang() }

// While an address hangs, in the middle of a turn or between two, the key that an agent
// has lent is wiped soon after the agent has locked, and the station goes on.
func TestHangsWithALentKey(t *testing.T) {
	t.Parallel()
	for what, hang := range map[string]func(*station, lending) error{
		"a question": func(_ *station, l lending) error { _, err := l.Get(t.Context(), "key"); return err },
		"a put":      func(_ *station, l lending) error { return l.Put(t.Context(), "key", []byte("x"), nil) },
		"a wait": func(st *station, _ lending) error {
			if err := st.hand.Vault.Suspend(t.Context()); err != nil { // as between two turns
				return err
			}
			st.wait(t.Context())
			return failure.LoanOver()
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, key, lock := cryptotest.NewKey(t, false)
			dir, state := filepath.Join(t.TempDir(), "vault"), t.TempDir()
			v, err := vault.Create(t.Context(), dir, vault.CreateOptions{State: state, Slots: []vault.NewSlot{{Label: "identity", Lock: lock}}})
			if err == nil {
				err = v.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			var held []byte // the vault's identity
			freed := make(chan struct{})
			v, err = vault.Open(t.Context(), dir, vault.Options{
				Keys: []crypto.Key{key}, Write: true, State: state,
				Memory: func(size int) ([]byte, func()) { held = make([]byte, size); return held, func() { close(freed) } },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			place := hung{transport.NewMemory().Open(), make(chan struct{}), make(chan struct{})}
			defer close(place.may)
			h := &hand{Vault: v, local: frame.Local{Vault: v}, loan: &loan{vault: kept{v}, since: time.Now()}, open: map[string]transport.Transport{"place": place}}
			var locked atomic.Bool
			h.watch(locked.Load, true)
			defer h.close()
			st := &station{hand: h, heard: map[string][]string{"place": {"b/"}}}
			got := make(chan error, 1)
			go func() { got <- hang(st, lending{place, h.loan}) }()
			<-place.asked
			time.Sleep(patience + 100*time.Millisecond) // then others have the vault, mostly
			began := time.Now()
			locked.Store(true)
			select {
			case <-freed:
			case <-time.After(5 * time.Minute): // by itself the address hangs for ever
				t.Fatal("the key is kept while the address hangs")
			}
			if !bytes.Equal(held, make([]byte, len(held))) {
				t.Error("the key is not wiped")
			}
			if err := <-got; !isLocked(err) {
				t.Error(err)
			}
			t.Log(time.Since(began))
		})
	}
}
