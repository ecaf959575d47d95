package group

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// hooked is a place that calls a function before a key that begins with a prefix is got
// or put, once.
type hooked struct {
	transport.Transport
	prefix string
	once   *sync.Once
	do     func()
}

func (p hooked) Put(ctx context.Context, key string, data, old []byte) error {
	if strings.HasPrefix(key, p.prefix) {
		p.once.Do(p.do)
	}
	return p.Transport.Put(ctx, key, data, old)
}

// at is the fleet's place, where do runs just before a key with the prefix is put.
func (f *fleet) at(prefix string, do func()) Place {
	p := f.place()
	p.Transport = hooked{p.Transport, prefix, &sync.Once{}, do}
	return p
}

// What another sync of the owner's cuts after this one has put its own changes is
// covered by the checkpoint that this one makes, and never gets to the place by
// itself. Whoever has not got it must see that, and go by the checkpoint.
func TestCoveredBeforeItIsPut(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	owner, writer, reader := f.nodes[0], f.nodes[1], f.nodes[2]
	owner.set("A", "1")
	f.round()
	owner.set("A", strings.Repeat("2", 2000)) // enough for the next checkpoint
	own := transport.Prefix(transport.Changes, f.charter.ID())
	owner.sync(f.at(own, func() {
		owner.set("A", "3")
		if _, err := owner.g.Sync(t.Context(), SyncOptions{}); err != nil {
			t.Error(err)
		}
	}))
	for _, n := range []*node{writer, reader} {
		n.sync()
		n.holds(map[string]string{"A": "3"})
	}
}

// Two syncs at once: the one that knows less is the last to put its hint.
func TestHintStaysAhead(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	owner, writer := f.nodes[0], f.nodes[1]
	owner.set("A", "1")
	f.round()
	writer.set("A", "2")
	writer.sync(f.at(transport.Prefix(transport.Changes, f.charter.ID()), func() {
		writer.set("A", "3")
		writer.sync()
	}))
	key := transport.HintKey(f.charter.ID(), writer.id)
	data, err := f.place().Transport.Get(t.Context(), key)
	must(t, err)
	h, err := parseHint(data)
	must(t, err)
	if last := writer.read().Last.Seq; h.seq != last {
		t.Errorf("the hint says %d, the newest change there is %d", h.seq, last)
	}
}

// A place that got a writer's changes in a checkpoint alone, because somebody brought
// that from another place, shows them to whoever was further than its feed.
func TestCheckpointFromAnotherPlace(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	owner, writer, reader := f.nodes[0], f.nodes[1], f.nodes[2]
	near, far := f.place(), Place{"stick", transport.NewMemory().Open()}
	f.round() // nothing that stood before
	writer.set("A", "1")
	writer.sync(near)
	owner.sync(near, far)
	reader.sync(far)
	reader.holds(map[string]string{"A": "1"})

	writer.set("A", strings.Repeat("2", 2000))
	writer.sync(near)
	owner.sync(near) // makes a checkpoint there
	writer.sync(near)
	owner.sync(near, far)
	reader.sync(far)
	reader.holds(map[string]string{"A": strings.Repeat("2", 2000)})
}

// weighed is a place that counts the bytes of checkpoints that are got from it and put.
type weighed struct {
	transport.Transport
	got, put *int
}

func (p weighed) Get(ctx context.Context, key string) ([]byte, error) {
	data, err := p.Transport.Get(ctx, key)
	if strings.HasPrefix(key, "c/") {
		*p.got += len(data)
	}
	return data, err
}

func (p weighed) Put(ctx context.Context, key string, data, old []byte) error {
	if strings.HasPrefix(key, "c/") {
		*p.put += len(data)
	}
	return p.Transport.Put(ctx, key, data, old)
}

// A checkpoint of many parts is taken from one place to another once, and a part that
// the other has lost is put there again.
func TestCheckpointIsRelayedOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	owner, writer, device := f.nodes[0], f.nodes[1], f.nodes[2]
	got, put := 0, 0
	near := f.place()
	memory := transport.NewMemory()
	near.Transport = weighed{near.Transport, &got, &put}
	far := Place{"stick", weighed{memory.Open(), &got, &put}}
	f.round() // nothing that stood before
	want := map[string]string{}
	for i := range 3 * bundle.Target / 9000 {
		name := fmt.Sprint("N", i)
		want[name] = strings.Repeat("x", 9000)
		owner.set(name, want[name])
	}
	owner.sync(near)
	writer.sync(near, far)
	if put < 3*bundle.Target {
		t.Fatalf("%d bytes of the checkpoint were put: it is to have parts", put)
	}
	got, put = 0, 0
	for _, n := range []*node{writer, owner, writer} {
		n.sync(near, far)
	}
	if got > 7*bundle.Target || put > 0 {
		t.Errorf("syncs of nothing got %d bytes of the checkpoint, and put %d", got, put)
	}

	lost := transport.PartKey(f.charter.ID(), owner.id, owner.read().Checkpoint, 2)
	must(t, transport.Delete(t.Context(), memory.Open(), lost))
	writer.sync(near, far)
	device.sync(far)
	device.holds(want)
}

// What two syncs of one vault put at once is the same, in other bytes: a welcome, a
// receipt. Neither of the two fails for it.
func TestPutAtOnce(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"k/", "r/", "g/", "b/", "h/", "c/", "w/"} {
		w := newTown(t, false)
		owner, receipts := w.foundSynced(), true
		w.ok(owner.g.Change(t.Context(), Settings{Receipts: &receipts}))
		owner.sync()
		writer := owner.comes(Writer, "bob")
		for i, h := range []*house{owner, writer} {
			h.sync()
			value := fmt.Sprint("three, by ", i)
			h.set("CAM_KEY", value)
			other := owner.house()
			var err error
			other.g, _, err = Join(t.Context(), other.v, Request{Code: owner.invite(Invitation{Role: Reader}), Label: fmt.Sprint("cam-", i)}, w.place)
			w.ok(err)
			other.sync()
			r, err := h.g.Sync(t.Context(), SyncOptions{}, Place{w.place.Address, hooked{w.place.Transport, prefix, &sync.Once{}, func() { h.sync() }}})
			w.ok(err)
			if len(r.Places) != 1 || r.Places[0].Err != nil {
				t.Errorf("%d amid %s: %+v", i, prefix, r.Places)
			}
			for _, n := range []*house{h, owner, other} {
				n.sync()
			}
			other.has("CAM_KEY", value)
		}
	}
}

// stepped is a place that calls a function before its n-th step.
type stepped struct {
	transport.Transport
	left *int
	do   func()
}

func (p stepped) step() {
	if *p.left--; *p.left == 0 {
		p.do()
	}
}

func (p stepped) Put(ctx context.Context, key string, data, old []byte) error {
	p.step()
	return p.Transport.Put(ctx, key, data, old)
}

func (p stepped) Get(ctx context.Context, key string) ([]byte, error) {
	p.step()
	return p.Transport.Get(ctx, key)
}

func (p stepped) List(ctx context.Context, prefix, after string) ([]string, error) {
	p.step()
	return p.Transport.List(ctx, prefix, after)
}

func (p stepped) Delete(ctx context.Context, key string) error {
	p.step()
	return transport.Delete(ctx, p.Transport, key)
}

// Amid a sync, at any of its steps, the same vault is written and synced, and another
// one too: all of it gets to everybody, after one more sync of each.
func TestSyncAmidASync(t *testing.T) {
	t.Parallel()
	for _, who := range []int{0, 1} {
		for _, large := range []bool{false, true} {
			for _, cuts := range []bool{false, true} {
				t.Run(fmt.Sprint(who, large, cuts), func(t *testing.T) {
					t.Parallel()
					for n := 1; syncedAmid(t, who, large, cuts, n); n += 1 + short(2) {
					}
				})
			}
		}
	}
}

// syncedAmid has a sync that something happens amid, before step n. large makes a
// checkpoint due; cuts has the other sync of the same vault be one that cuts what was
// set, and comes no further.
func syncedAmid(t *testing.T, who int, large, cuts bool, n int) (ran bool) {
	f := newFleet(t, 2, 1)
	want := map[string]string{}
	set := func(n *node, name string) {
		want[name] = fmt.Sprint(len(want), n.label)
		n.set(name, want[name])
	}
	f.round() // nothing that stood before
	for _, n := range f.nodes[:3] {
		set(n, "OLD-"+n.label)
	}
	f.round()
	if large {
		want["MORE"] = strings.Repeat("x", 5000)
		f.nodes[who].set("MORE", want["MORE"])
	}
	for _, n := range f.nodes[:3] {
		set(n, "OLD-"+n.label)
	}
	f.nodes[2].sync()
	same, other, left := f.nodes[who], f.nodes[1-who], n
	place := f.place()
	place.Transport = stepped{place.Transport, &left, func() {
		set(same, "OLD-"+same.label)
		set(same, "NEW")
		if cuts {
			_, err := same.g.Sync(t.Context(), SyncOptions{})
			must(t, err)
			return
		}
		same.sync()
		set(other, "OTHER")
		other.sync()
		set(same, "NEW")
	}}
	same.sync(place)
	for range 2 {
		for i := range f.nodes {
			f.nodes[(who+1+i)%len(f.nodes)].sync() // this one is the last: what it tidies up helps nobody
		}
	}
	f.same(want)
	for _, n := range f.nodes {
		n.lists()
	}
	if t.Failed() {
		t.Fatalf("at step %d", n)
	}
	return left <= 0
}
