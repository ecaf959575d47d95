// Package transporttest holds what every transport.Transport must do, as tests.
package transporttest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// A Place is where transports lead to.
type Place struct {
	// Open opens one more transport to the place, which the first time is empty. Run
	// closes it.
	Open func(t *testing.T) transport.Transport
	// MaxData is how many bytes it takes; 0: as many as transport.MaxData.
	MaxData int
	// Slow says that it takes long to fill, so that less is put there.
	Slow bool
	// Lingers says that List can have a key for some seconds after it was deleted.
	Lingers bool
	// NoWait says that Wait is never woken, and ends with its context.
	NoWait bool
	// NoDelete says that it cannot delete.
	NoDelete bool
}

// patience is what bounds a test that hangs.
const patience = 10 * time.Minute

// Run runs the suite; each part gets a place of its own.
func Run(t *testing.T, place func(t *testing.T) Place) {
	for _, part := range []struct {
		name string
		run  func(t *testing.T, p Place)
	}{
		{"PutGet", testPutGet},
		{"Once", testOnce},
		{"Replace", testReplace},
		{"Copies", testCopies},
		{"EveryKind", testEveryKind},
		{"List", testList},
		{"Pages", testPages},
		{"NoKeys", testNoKeys},
		{"Sizes", testSizes},
		{"Delete", testDelete},
		{"ConcurrentOnce", testConcurrentOnce},
		{"ConcurrentReplace", testConcurrentReplace},
		{"Random", testRandom},
		{"Wait", testWait},
		{"WaitEnds", testWaitEnds},
		{"Cancelled", testCancelled},
		{"Closed", testClosed},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(t, place(t))
		})
	}
}

// user is one who uses a place, in a test.
type user struct {
	*testing.T
	transport.Transport
	ctx     context.Context
	lingers bool
}

// open opens a transport, to be closed when the test ends.
func open(t *testing.T, p Place) user {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	tr := p.Open(t)
	t.Cleanup(func() {
		cancel()
		if err := transport.Close(tr); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return user{t, tr, ctx, p.Lingers}
}

// put stores data under a key that is free.
func (u user) put(key, data string) {
	u.Helper()
	if err := u.Put(u.ctx, key, []byte(data), nil); err != nil {
		u.Fatalf("putting %s: %v", key, err)
	}
}

// replace stores data in the place of old.
func (u user) replace(key, data, old string) {
	u.Helper()
	if err := u.Put(u.ctx, key, []byte(data), []byte(old)); err != nil {
		u.Fatalf("replacing %s: %v", key, err)
	}
}

// taken expects that data is refused in the place of old, "" where the key has to be free.
func (u user) taken(key, data, old string) {
	u.Helper()
	var was []byte
	if old != "" {
		was = []byte(old)
	}
	if err := u.Put(u.ctx, key, []byte(data), was); !errors.Is(err, transport.ErrTaken) {
		u.Errorf("putting %s in the place of %q: %v; want ErrTaken", key, old, err)
	}
}

// want checks what is stored.
func (u user) want(key, data string) {
	u.Helper()
	got, err := u.Get(u.ctx, key)
	if err != nil || !bytes.Equal(got, []byte(data)) {
		u.Errorf("%s holds %.40q, %v; want %.40q", key, got, err, data)
	}
}

// wantNone checks that nothing is stored.
func (u user) wantNone(key string) {
	u.Helper()
	got, err := u.Get(u.ctx, key)
	if got != nil || !errors.Is(err, transport.ErrNone) {
		u.Errorf("%s holds %.40q, %v; want nothing", key, got, err)
	}
}

// all lists all keys with a prefix, page by page.
func (u user) all(prefix string) (list []string) {
	u.Helper()
	after := ""
	for {
		page, err := u.List(u.ctx, prefix, after)
		if err != nil {
			u.Fatalf("listing %q after %q: %v", prefix, after, err)
		}
		if len(page) == 0 {
			return list
		}
		if len(page) > transport.MaxList {
			u.Fatalf("%d keys in one page", len(page))
		}
		list, after = append(list, page...), page[len(page)-1]
	}
}

// wantAll checks what all keys with a prefix are.
func (u user) wantAll(prefix string, keys ...string) {
	u.Helper()
	slices.Sort(keys)
	got := u.all(prefix)
	for u.lingers && len(got) > len(keys) && u.ctx.Err() == nil {
		got = u.all(prefix)
	}
	if !slices.Equal(got, keys) {
		u.Errorf("keys with %q: %.300q, want %.300q", prefix, got, keys)
	}
}

// Ids that the tests use.
var (
	group  = [16]byte{1, 15: 0xab}
	other  = [16]byte{2, 15: 0xcd}
	owner  = [8]byte{3, 7: 0xe0}
	writer = [8]byte{4, 7: 0xf0}
	invite = [8]byte{5, 7: 0x0a}
)

// changes is a key that is put once.
func changes(seq int) string { return transport.ChangesKey(group, writer, uint64(seq)) }

// beat is a key that is replaced.
func beat() string { return transport.BeatKey(group, owner) }
