package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
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
	fleetPushes  = flag.Int("fleet.pushes", 1000, "how many bundles are put in TestFleet")
)

// fleet is an owner, and devices that verify and decrypt what they hear. They have the
// protocol and no vault.
type fleet struct {
	t        *testing.T
	identity *crypto.Identity
	key      *bundle.SigningKey
	began    []atomic.Int64 // by seq: when its put began
	heardOf  atomic.Int64   // bundles that were verified and decrypted
	mu       sync.Mutex     // guards delays
	delays   []time.Duration
}

// TestFleet measures; it is for a quiet machine. Three servers with TLS and a leaf, half
// of the devices behind it; the leader is killed half way; the leaf is cut off for a while.
func TestFleet(t *testing.T) {
	if *fleetDevices == 0 {
		t.Skip("-fleet.devices says how many")
	}
	servers, ca, toAny := cluster(t)
	leaf := start(t, usersAs(atHub)+toHub+toAny)
	leaf.await("JetStream using domains")
	query := url.Values{"ca": {ca}}
	f := newFleet(t)
	var behind []*carrier
	for i := range *fleetDevices {
		if i%2 == 0 {
			f.listen(as(t, servers[i%len(servers)], "reader", query))
		} else {
			behind = append(behind, as(t, leaf, "reader", nil))
			f.listen(behind[len(behind)-1])
		}
	}
	writer, admin := as(t, servers[0], "writer", query), as(t, servers[2], "admin", query)
	ctx, cancel := context.WithTimeout(context.Background(), 10*patience)
	defer cancel()
	if err := errors.Join(writer.find(ctx), admin.find(ctx)); err != nil {
		t.Fatal(err)
	}
	data := f.bundles(*fleetPushes + 1)
	// One at a time, each heard by all before the next: what a change takes to arrive.
	single := min(50, *fleetPushes/2)
	f.push(ctx, writer, data[:single], func(n int) { f.await(ctx, int64(n**fleetDevices)) })
	t.Logf("devices %d, half of them behind a leaf; a bundle has %d bytes", *fleetDevices, len(data[1]))
	t.Logf("verified and decrypted (goal: p99 <= 500ms): %s", f.quantiles())
	puts := f.push(ctx, writer, data[single:*fleetPushes], func(n int) {
		if n == *fleetPushes*3/4 {
			leader(t, admin, servers).kill()
		}
	})
	t.Logf("put, the leader killed on the way (goal: <= 4s): %s", puts)
	for n := 1; n <= *fleetPushes; n++ {
		want(t, admin, change(n), string(data[n-1]))
	}
	t.Logf("acknowledged %d, lost 0; heard %d of %d without asking", *fleetPushes, f.heardOf.Load(), *fleetPushes**fleetDevices)
	leaf.kill()
	f.push(ctx, writer, data[*fleetPushes:], func(int) {})
	began := time.Now()
	leaf.run()
	for _, c := range behind {
		again(t, func() error { return c.find(ctx) })
		want(t, c, change(*fleetPushes+1), string(data[*fleetPushes]))
	}
	t.Logf("after the leaf came back, %d devices had what they had missed in %v", len(behind), time.Since(began))
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	identity, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		t.Fatal(err)
	}
	return &fleet{t: t, identity: identity, key: bundle.NewSigningKey(), began: make([]atomic.Int64, *fleetPushes+2)}
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

// listen is a device.
func (f *fleet) listen(c *carrier) {
	f.t.Helper()
	opener, err := f.identity.Opener()
	if err != nil {
		f.t.Fatal(err)
	}
	_, err = c.conn.Subscribe(stream.Heard(transport.Prefix(transport.Changes, group))[0], func(m *nats.Msg) {
		b, err := bundle.Parse(m.Data)
		if err == nil {
			err = b.Verify(f.key.Public())
		}
		if err == nil {
			_, err = b.Open(opener)
		}
		if err != nil {
			f.t.Error(err)
			return
		}
		took := time.Duration(time.Now().UnixNano() - f.began[b.Seq].Load())
		f.mu.Lock()
		f.delays = append(f.delays, took)
		f.mu.Unlock()
		f.heardOf.Add(1)
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
func (f *fleet) push(ctx context.Context, c *carrier, list [][]byte, after func(n int)) string {
	f.t.Helper()
	var took []time.Duration
	for _, data := range list {
		head, err := bundle.ParseHead(data)
		if err != nil {
			f.t.Fatal(err)
		}
		began := time.Now()
		f.began[head.Seq].Store(began.UnixNano())
		again(f.t, func() error { return c.Put(ctx, change(int(head.Seq)), data, nil) })
		took = append(took, time.Since(began))
		after(int(head.Seq))
	}
	return quantiles(took)
}

func (f *fleet) quantiles() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return quantiles(f.delays)
}

func quantiles(list []time.Duration) string {
	if len(list) == 0 {
		return "none"
	}
	slices.Sort(list)
	at := func(q int) time.Duration { return list[(len(list)-1)*q/1000].Round(10 * time.Microsecond) }
	return fmt.Sprintf("p50 %v, p99 %v, max %v", at(500), at(990), at(1000))
}
