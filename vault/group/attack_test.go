package group

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// A carrier holds the place, and may do with it what it likes.
type carrier struct {
	t    *testing.T
	f    *fleet
	r    *rand.Rand
	user transport.Transport
}

func (c *carrier) keys(prefix string) (all []string) {
	c.t.Helper()
	after := ""
	for {
		keys, err := c.user.List(c.t.Context(), prefix, after)
		must(c.t, err)
		if len(keys) == 0 {
			return all
		}
		all, after = append(all, keys...), keys[len(keys)-1]
	}
}

func (c *carrier) get(key string) []byte {
	b, err := c.user.Get(c.t.Context(), key)
	if err != nil {
		return nil
	}
	return b
}

// put replaces whatever is there.
func (c *carrier) put(key string, data []byte) {
	c.t.Helper()
	if len(data) == 0 {
		must(c.t, transport.Delete(c.t.Context(), c.user, key))
		return
	}
	must(c.t, c.user.Put(c.t.Context(), key, data, c.get(key)))
}

// any is a key that begins so, "" where there is none.
func (c *carrier) any(prefix string) string {
	keys := c.keys(prefix)
	if len(keys) == 0 {
		return ""
	}
	return keys[c.r.IntN(len(keys))]
}

// next is the key of the next change of a writer.
func (c *carrier) next(n *node) string {
	st := n.read()
	return transport.ChangesKey(st.Group, n.id, st.Last.Seq+1)
}

// attacks are what a carrier, or a member that turned, does to the place.
var attacks = map[string]func(*carrier){
	"drop": func(c *carrier) {
		for range 1 + c.r.IntN(3) {
			if key := c.any("w/"); key != "" {
				c.put(key, nil)
			}
		}
	},
	"drop a part": func(c *carrier) {
		if key := c.any("c/"); key != "" {
			c.put(key, nil)
		}
	},
	"replay": func(c *carrier) {
		if key := c.any("w/"); key != "" {
			c.put(c.next(c.f.nodes[c.r.IntN(3)]), c.get(key))
		}
	},
	"swap": func(c *carrier) {
		a, b := c.any(""), c.any("")
		x, y := c.get(a), c.get(b)
		c.put(a, y)
		c.put(b, x)
	},
	"truncate": func(c *carrier) {
		key := c.any("")
		b := c.get(key)
		c.put(key, b[:1+c.r.IntN(len(b))])
	},
	"flip": func(c *carrier) {
		key := c.any("")
		b := bytes.Clone(c.get(key))
		b[c.r.IntN(len(b))] ^= 1 << c.r.IntN(8)
		c.put(key, b)
	},
	"append": func(c *carrier) {
		key := c.any("")
		c.put(key, append(bytes.Clone(c.get(key)), 0))
	},
	"garbage at the next key": func(c *carrier) {
		b := make([]byte, 1+c.r.IntN(1000))
		for i := range b {
			b[i] = byte(c.r.Uint32())
		}
		c.put(c.next(c.f.nodes[c.r.IntN(3)]), b)
	},
	"bomb": func(c *carrier) {
		b := bytes.Repeat([]byte{0xff}, 4<<20)
		copy(b, "tacit-bundle 1\n")
		c.put(c.next(c.f.nodes[c.r.IntN(3)]), b)
		c.put(transport.HintKey(c.f.charter.ID(), c.f.nodes[0].id), hint{1 << 30, 1 << 30}.encode())
	},
	"lying hints": func(c *carrier) {
		for _, n := range c.f.nodes[:3] {
			c.put(transport.HintKey(c.f.charter.ID(), n.id), hint{c.r.Uint64N(20), c.r.Uint64N(20)}.encode())
		}
	},
	"reader signs": func(c *carrier) {
		reader, as := c.f.nodes[3], c.f.nodes[c.r.IntN(3)]
		c.put(c.next(as), c.forge(as.id, reader.key, as.read()))
		c.put(transport.ChangesKey(c.f.charter.ID(), reader.id, 1), c.forge(reader.id, reader.key, reader.read()))
	},
	"stranger signs": func(c *carrier) {
		as := c.f.nodes[c.r.IntN(3)]
		c.put(c.next(as), c.forge(as.id, bundle.NewSigningKey(), as.read()))
	},
	"another group": func(c *carrier) {
		as := c.f.nodes[c.r.IntN(3)]
		st := as.read()
		st.Group[0]++
		c.put(c.next(as), c.forge(as.id, as.key, st))
	},
	"yesterday": func(c *carrier) {
		// The place is put back: what members have put since is gone.
		all := map[string][]byte{}
		for _, key := range c.keys("") {
			all[key] = bytes.Clone(c.get(key))
		}
		c.f.nodes[1].set("B", "honest later")
		c.f.nodes[1].sync()
		for _, key := range c.keys("") {
			c.put(key, all[key])
		}
	},
	"nothing is left": func(c *carrier) {
		for _, key := range c.keys("") {
			c.put(key, nil)
		}
	},
}

// forge is a bundle of changes that sets A to what nobody meant.
func (c *carrier) forge(as bundle.MemberID, key *bundle.SigningKey, st *state) []byte {
	c.t.Helper()
	recipient, err := c.f.epoch.Recipient()
	must(c.t, err)
	item := bundle.Item{Name: "A", Version: 99, Kind: crypto.Text, Value: []byte("forged")}
	last := st.Last.bundle()
	data, _, err := bundle.Seal(bundle.Head{
		Group: st.Group, Member: as, Seq: last.Seq + 1, Prev: last.Digest, Charter: c.f.charter.Digest(), Epoch: 1,
	}, &bundle.Changes{Seen: fromDots(st.Seen), Items: []bundle.Item{item}}, recipient, key)
	must(c.t, err)
	return data
}

// TestAttack: whatever a carrier does, no vault takes a value that no member set. With
// honest members, and without the carrier, all come to the same again.
func TestAttack(t *testing.T) {
	t.Parallel()
	for name, attack := range attacks {
		for range slice(attackVariants, 1) {
			seed := rand.Uint64()
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				t.Parallel()
				attacked(t, rand.New(rand.NewPCG(seed, 0)), attack)
			})
		}
	}
}

func attacked(t *testing.T, r *rand.Rand, attack func(*carrier)) {
	f := newFleet(t, 2, 1)
	f.nodes[0].set("A", "honest")
	f.round()
	for i := range 3 + r.IntN(6) {
		f.nodes[r.IntN(3)].set(string(rune('A'+r.IntN(3))), fmt.Sprint("honest ", i))
		f.nodes[r.IntN(4)].sync()
	}
	c := &carrier{t: t, f: f, r: r, user: f.memory.Open()}
	for range 1 + r.IntN(2) {
		attack(c)
		for range 1 + r.IntN(4) {
			n := f.nodes[r.IntN(4)]
			if _, err := n.g.Sync(t.Context(), SyncOptions{}, f.place()); err != nil && vault.CodeOf(err) != vault.Forked && vault.CodeOf(err) != vault.Newer {
				t.Errorf("%s: %v", n.label, err)
			}
		}
	}
	for _, n := range f.nodes {
		for name, value := range n.all() {
			if !strings.HasPrefix(value, "honest") {
				t.Errorf("%s took %s = %q", n.label, name, value)
			}
		}
	}
	// Another place, to which the carrier has no way.
	f.memory = transport.NewMemory()
	clean := Place{"clean", f.memory.Open()}
	f.nodes[0].set("NEWS", "honest")
	for range 4 {
		for _, n := range f.nodes {
			n.sync(clean)
		}
	}
	f.same(maps.Clone(f.nodes[0].all()))
}

// A writer that gives members two changes under one number is told of by name, and only
// its own feed stops.
func TestEquivocationIsTold(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 1)
	owner, a, hostile, reader := f.nodes[0], f.nodes[1], f.nodes[2], f.nodes[3]
	owner.set("A", "honest")
	f.round()
	c := &carrier{t: t, f: f, r: rand.New(rand.NewPCG(1, 1)), user: f.memory.Open()}
	key, other := c.next(hostile), c.forge(hostile.id, hostile.key, hostile.read())
	c.put(key, other)
	reader.sync()
	c.put(key, nil)
	hostile.set("B", "honest")
	hostile.sync()
	hostile.set("B", "honest 2")
	hostile.sync()
	a.set("C", "honest")
	f.nodes[1].sync()
	owner.sync()
	if r := reader.sync(); !slices.Contains(r.Forked, hostile.label) {
		t.Errorf("not told: %+v", r)
	}
	f.dismiss(hostile)
	owner.sync()
	for range 2 {
		for _, n := range []*node{a, reader, owner} {
			n.learn()
			n.sync()
		}
	}
	f.same(map[string]string{"A": "honest", "B": "honest 2", "C": "honest"}, hostile)
}

// What a carrier holds shows no name, value or label.
func TestCarrierSeesNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	canaries := []string{"CANARY_NAME", "canary value", "canary-label", "canary-attr", "team", "writer1"}
	owner, writer := f.nodes[0], f.nodes[1]
	_, err := owner.v.Set(t.Context(), "CANARY_NAME", vault.Text("canary value"), vault.Label("canary-attr", "canary-label"))
	must(t, err)
	f.round()
	writer.set("CANARY_NAME", strings.Repeat("canary value", 800))
	f.round()
	c := &carrier{t: t, f: f, user: f.memory.Open()}
	keys := c.keys("")
	if len(keys) < 4 {
		t.Fatalf("only %v", keys)
	}
	for _, key := range keys {
		for _, canary := range canaries {
			if strings.Contains(key, canary) || bytes.Contains(c.get(key), []byte(canary)) {
				t.Errorf("%s shows %q", key, canary)
			}
		}
	}
}

// What is withheld is seen: a feed that ends before what others have seen of it.
func TestWithholdingIsSeen(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 1)
	owner, a, b, reader := f.nodes[0], f.nodes[1], f.nodes[2], f.nodes[3]
	owner.set("A", "a")
	f.round()
	a.set("A", "a2")
	a.sync()
	b.sync()
	b.set("B", "b")
	b.sync()
	c := &carrier{t: t, f: f, r: rand.New(rand.NewPCG(1, 1)), user: f.memory.Open()}
	key := transport.ChangesKey(f.charter.ID(), a.id, a.read().Last.Seq)
	held := bytes.Clone(c.get(key))
	c.put(key, nil)
	r := reader.sync()
	want := Waiting{From: "writer2", For: "writer1", Until: a.read().Last.Seq}
	if !slices.Contains(r.Waiting, want) {
		t.Errorf("waiting %+v, want %+v", r.Waiting, want)
	}
	c.put(key, held)
	if r := reader.sync(); len(r.Waiting) != 0 {
		t.Errorf("still waiting: %+v", r.Waiting)
	}
	reader.holds(map[string]string{"A": "a2", "B": "b"})
}

// The age of what is here is by the beat of the highest number: a clock that was wrong
// for a day makes nothing look fresh.
func TestOneWrongClock(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 0, 1)
	owner, reader := f.nodes[0], f.nodes[1]
	right := f.now
	f.now = right.AddDate(10, 0, 0)
	owner.set("A", "a")
	owner.sync()
	reader.sync()
	f.now = right.AddDate(0, 0, 1)
	owner.set("A", "a2")
	owner.sync()
	reader.sync()
	s, err := reader.g.Show(t.Context())
	if err != nil || !s.AsOf.Equal(f.now) {
		t.Errorf("as of %v at %v, %v", s.AsOf, f.now, err)
	}
}
