package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

var (
	fleetDevices = flag.Int("fleet.devices", 0, "how many devices listen in TestFleet; 0: it is skipped")
	fleetReal    = flag.Int("fleet.real", 50, "how many of them are vaults, each with the program itself")
	fleetPushes  = flag.Int("fleet.pushes", 1000, "how many bundles are put in TestFleet")
	fleetChanges = flag.Int("fleet.changes", 30, "how many secrets the owner sets for the vaults")
)

// fleet is an owner, and devices that verify and decrypt what they hear. They have the
// protocol and no vault.
type fleet struct {
	t              *testing.T
	site           *site
	devices        int // that have no vault
	real           int // that are vaults
	pushes, rounds int
	calm           bool // nobody is killed

	identity *crypto.Identity
	key      *bundle.SigningKey
	behind   []*carrier     // devices at the leaf
	ahead    []*carrier     // and at the hub
	began    []atomic.Int64 // by seq: when its put began
	heardOf  atomic.Int64   // bundles that were verified and decrypted
	listens  atomic.Int64   // devices that have heard anything yet
	delays   delays
}

// delays are how long something took, each time.
type delays struct {
	mu   sync.Mutex // guards list
	list []time.Duration
}

func (d *delays) add(took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, took)
}

func (d *delays) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return quantiles(d.list)
}

// at is the delay that so many in a thousand do not exceed.
func (d *delays) at(q int) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.list) == 0 {
		return 0
	}
	slices.Sort(d.list)
	return d.list[rank(len(d.list), q)]
}

// rank is where that is in a sorted list: of few, it is the last one.
func rank(n, q int) int { return max(0, (n*q+999)/1000-1) }

// row prints what was measured beside its goal, which 99 of 100 have to reach.
func (f *fleet) row(what string, goal time.Duration, d *delays) {
	f.t.Helper()
	verdict := ""
	if goal > 0 {
		verdict = fmt.Sprintf("; goal: p99 <= %v: %s", goal, reached(d.at(990) <= goal))
	}
	f.t.Logf("%s: %s%s", what, d, verdict)
}

func reached(yes bool) string {
	if yes {
		return "reached"
	}
	return "MISSED"
}

// TestFleet measures; it is for a quiet machine. Three servers with TLS and a leaf, half
// of the devices behind it; the leader is killed half way; the leaf is cut off for a while.
func TestFleet(t *testing.T) {
	if *fleetDevices == 0 {
		t.Skip("-fleet.devices says how many")
	}
	real := min(*fleetReal, *fleetDevices)
	(&fleet{t: t, devices: *fleetDevices - real, real: real, pushes: *fleetPushes, rounds: *fleetChanges}).measure()
}

// TestSmallFleet is TestFleet with few devices, of which none misses anything.
func TestSmallFleet(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts four servers and some vaults")
	}
	(&fleet{t: t, devices: 6, real: 3, pushes: 4, rounds: 2, calm: true}).measure()
}

func (f *fleet) measure() {
	t := f.t
	identity, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		t.Fatal(err)
	}
	f.identity, f.key, f.began = identity, bundle.NewSigningKey(), make([]atomic.Int64, f.pushes+2)
	f.site = newSite(t)
	vaults := f.vaults() // nil: this system runs none
	f.connect(vaults)
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	f.protocol(ctx)
	if vaults != nil {
		vaults.measure()
	}
}

// connect connects the devices that have no vault.
func (f *fleet) connect(v *vaults) {
	allowed := stream.Allowed(stream.Reader, group, third)
	if v != nil {
		p := stream.Allowed(stream.Reader, v.id, third)
		allowed.Publish, allowed.Subscribe = append(allowed.Publish, p.Publish...), append(allowed.Subscribe, p.Subscribe...)
	}
	atLeaf := allowed.InDomain("hub")
	hub, leaf := f.site.hub.creds("device", &allowed), f.site.leaf.creds("device", &atLeaf)
	for i := range f.devices {
		var c *carrier
		if i%2 == 0 {
			c = by(f.t, f.site.servers[i/2%len(f.site.servers)].with(hub, f.site.ca))
			f.ahead = append(f.ahead, c)
		} else {
			c = by(f.t, f.site.behind.with(leaf, ""))
			f.behind = append(f.behind, c)
		}
		f.listen(c)
	}
}

// protocol measures bundles that nobody's program has made.
func (f *fleet) protocol(ctx context.Context) {
	t, s := f.t, f.site
	owner := stream.Allowed(stream.Writer, group, member)
	writer, admin := by(t, s.servers[0].with(s.hub.creds("writer", &owner), s.ca)), s.admin
	again(t, func() error { return writer.find(ctx) })
	again(t, func() error { return admin.find(ctx) })
	// That a device listens takes a moment to get to the server that repeats.
	for n := f.pushes + 1; f.listens.Load() < int64(f.devices); n++ {
		if ctx.Err() != nil {
			t.Fatalf("%d of %d devices hear", f.listens.Load(), f.devices)
		}
		put(t, writer, change(n+1), probe)
		_ = pause(ctx, tryPause)
	}
	data := f.bundles(f.pushes + 1)
	t.Logf("%d devices with the protocol and no vault, half of them behind a leaf; a bundle has %d bytes", f.devices, len(data[1]))
	// One at a time, each heard by all before the next: what a change takes to arrive.
	single := min(50, f.pushes/2)
	f.push(ctx, writer, data[:single], func(n int) { f.await(ctx, int64(n*f.devices)) })
	f.row("verified and decrypted", 500*time.Millisecond, &f.delays)
	var killed *server
	puts := f.push(ctx, writer, data[single:f.pushes], func(n int) {
		if n == f.pushes*3/4 && !f.calm {
			killed = leader(t, admin, s.servers)
			killed.kill()
		}
	})
	f.row(fmt.Sprintf("%d puts%s", f.pushes-single, map[bool]string{false: ", the leader killed on the way"}[f.calm]), 4*time.Second, puts)
	for n := 1; n <= f.pushes; n++ {
		want(t, admin, change(n), string(data[n-1]))
	}
	t.Logf("acknowledged %d, lost 0; heard %d of %d without asking", f.pushes, f.heardOf.Load(), f.pushes*f.devices)
	if f.calm {
		return
	}
	killed.run()
	s.behind.kill()
	f.push(ctx, writer, data[f.pushes:], func(int) {})
	began := time.Now()
	s.behind.run()
	for _, c := range f.behind {
		again(t, func() error { return c.find(ctx) })
		want(t, c, change(f.pushes+1), string(data[f.pushes]))
	}
	t.Logf("after the leaf came back, %d devices had what they had missed in %v", len(f.behind), time.Since(began).Round(time.Millisecond))
}

// bundles are a feed of one small secret.
func (f *fleet) bundles(n int) (list [][]byte) {
	f.t.Helper()
	recipient, err := f.identity.Recipient()
	if err != nil {
		f.t.Fatal(err)
	}
	prev := crypto.Digest{}
	for seq := uint64(1); seq <= uint64(n); seq++ {
		data, sealed, err := bundle.Seal(
			bundle.Head{Group: group, Member: member, Seq: seq, Prev: prev, Charter: crypto.Digest{1}, Epoch: 1},
			&bundle.Changes{Time: 1, Items: []bundle.Item{{Name: "CAM_KEY", Version: seq, Kind: crypto.Text, Updated: 1, Value: fmt.Appendf(nil, "secret %d", seq)}}},
			recipient, f.key)
		if err != nil {
			f.t.Fatal(err)
		}
		list, prev = append(list, data), sealed.Digest()
	}
	return list
}

// probe is what is put until all listen.
const probe = "probe"

// listen is a device that hears bundles of nobody's program.
func (f *fleet) listen(c *carrier) {
	f.t.Helper()
	var once sync.Once
	f.hear(c, group, f.identity, f.key.Public(), func() { once.Do(func() { f.listens.Add(1) }) }, func(seq uint64) {
		f.delays.add(time.Duration(time.Now().UnixNano() - f.began[seq].Load()))
		f.heardOf.Add(1)
	})
}

// hear verifies and decrypts what comes of a group, after probes.
func (f *fleet) hear(c *carrier, of [16]byte, epoch *crypto.Identity, key bundle.PublicKey, probed func(), then func(seq uint64)) {
	f.t.Helper()
	opener, err := epoch.Opener()
	if err != nil {
		f.t.Fatal(err)
	}
	_, err = c.conn.Subscribe(stream.Heard(transport.Prefix(transport.Changes, of))[0], func(m *nats.Msg) {
		if len(m.Data) == 0 {
			return // it was deleted: a checkpoint has it
		}
		if string(m.Data) == probe {
			probed()
			return
		}
		b, err := bundle.Parse(m.Data)
		if err == nil {
			err = b.Verify(key)
		}
		if err == nil {
			_, err = b.Open(opener)
		}
		if err != nil {
			f.t.Error(err)
			return
		}
		then(b.Seq)
	})
	if err == nil {
		err = c.conn.Flush()
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// await waits until so many bundles were heard.
func (f *fleet) await(ctx context.Context, n int64) {
	for f.heardOf.Load() < n && ctx.Err() == nil {
		_ = pause(ctx, time.Millisecond)
	}
}

// push puts bundles, and says how long that took each.
func (f *fleet) push(ctx context.Context, c *carrier, list [][]byte, after func(n int)) *delays {
	f.t.Helper()
	var took delays
	for _, data := range list {
		head, err := bundle.ParseHead(data)
		if err != nil {
			f.t.Fatal(err)
		}
		began := time.Now()
		f.began[head.Seq].Store(began.UnixNano())
		again(f.t, func() error { return c.Put(ctx, change(int(head.Seq)), data, nil) })
		took.add(time.Since(began))
		after(int(head.Seq))
	}
	return &took
}

func quantiles(list []time.Duration) string {
	if len(list) == 0 {
		return "none"
	}
	slices.Sort(list)
	at := func(q int) time.Duration { return list[rank(len(list), q)].Round(10 * time.Microsecond) }
	return fmt.Sprintf("p50 %v, p99 %v, max %v", at(500), at(990), at(1000))
}
