package attack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
)

// flavour says what a victim's past holds.
type flavour struct{ hybrid, rotated, big, batch, phrase bool }

func (f flavour) String() string {
	var s []string
	for name, is := range map[string]bool{"hybrid": f.hybrid, "rotated": f.rotated, "big": f.big, "batch": f.batch, "phrase": f.phrase} {
		if is {
			s = append(s, name)
		}
	}
	slices.Sort(s)
	return strings.Join(s, "+")
}

func anyFlavour(rng *rand.Rand) flavour {
	return flavour{
		hybrid: rng.IntN(4) == 0, rotated: rng.IntN(3) == 0,
		big: rng.IntN(3) == 0, batch: rng.IntN(4) == 0, phrase: rng.IntN(3) == 0,
	}
}

// kept is how many versions of a name the victims keep.
const kept = 4

// Names that the honest work leaves alone, so that each attack finds what it needs.
const (
	liveA  = "LIVE_A" // text
	liveB  = "LIVE_B" // text
	liveC  = "LIVE_C" // JSON or bytes
	hist   = "HIST"   // three versions or more, changed last
	long   = "LONG"   // more versions than are kept
	gone   = "GONE"   // deleted, with what it was
	purged = "PURGED" // deleted with its bytes
	never  = "NEVER"
)

// victim is a machine with a vault on it, and copies of the vault that somebody made.
type victim struct {
	t    testing.TB
	rng  *rand.Rand
	fl   flavour
	root string

	dir, state string
	identity   string // file
	key        crypto.Key
	lock       crypto.Lock
	phrase     *crypto.Passphrase // nil where there is no such slot

	h     *vault.Vault // open for writing, or nil
	clock int64
	truth truth
	epoch int      // rotations so far
	past  []moment // oldest first
	ops   int
}

// moment is a state that the folder once had.
type moment struct {
	dir   string
	truth truth
	seq   uint64
	pin   string
	epoch int
}

// newVictim makes a vault with a past.
func newVictim(t testing.TB, rng *rand.Rand, fl flavour) *victim {
	root, err := os.MkdirTemp("", "attack-*")
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{
		t: t, rng: rng, fl: fl, root: root, clock: 1_700_000_000, truth: truth{},
		dir: filepath.Join(root, "vault"), state: filepath.Join(root, "state"), identity: filepath.Join(root, "identity"),
	}
	t.Cleanup(func() {
		v.close()
		os.RemoveAll(root)
	})
	var id *crypto.Identity
	id, v.key, v.lock = cryptotest.NewKey(t, fl.hybrid)
	v.must(os.WriteFile(v.identity, []byte(id.Reveal()+"\n"), 0o600))
	o := vault.CreateOptions{
		PostQuantum: fl.hybrid, State: v.state, Now: v.now,
		Slots:  []vault.NewSlot{{Label: "identity", Lock: v.lock}},
		Policy: vault.Policy{MaxValue: 300_000, History: kept},
	}
	if fl.phrase {
		v.phrase, err = crypto.NewPassphrase([]byte("canary-phrase"), crypto.WithWorkFactor(2))
		v.must(err)
		o.Slots = append(o.Slots, vault.NewSlot{Label: "phrase", Lock: v.phrase})
	}
	v.h, err = vault.Create(context.Background(), v.dir, o)
	v.must(err)
	v.grow()
	return v
}

// grow gives the vault its past. What the attacks need comes in an order of its own.
func (v *victim) grow() {
	v.set(purged)
	v.set(gone)
	v.set(liveA)
	v.set(hist)
	for range kept + 2 {
		v.set(long)
	}
	if v.fl.batch {
		v.batch()
	}
	v.work(2 + v.rng.IntN(4))
	v.remember()
	v.set(hist)
	v.set(liveB)
	v.extraSlot("spare")
	if v.rng.IntN(2) == 0 {
		v.purge(purged)
	}
	v.work(1 + v.rng.IntN(4))
	v.remember()
	if v.fl.rotated {
		v.rotate()
	}
	v.set(hist)
	v.set(liveC)
	if v.truth[purged].live() {
		v.purge(purged)
	}
	v.dropSlot("spare")
	v.remember()
	v.work(1 + v.rng.IntN(3))
	v.delete(gone)
	v.set(hist)
	v.work(v.rng.IntN(3))
	v.remember()
	v.close()
	copyTree(v.t, v.state, v.path("state-saved"))
}

func (v *victim) path(name string) string { return filepath.Join(v.root, name) }

// again is the victim as it was when it was made, whatever has happened to it.
func (v *victim) again(t testing.TB, rng *rand.Rand) *victim {
	t.Helper()
	v.close()
	w := *v
	w.t, w.rng, w.truth, w.past = t, rng, v.truth.clone(), slices.Clone(v.past)
	entries, err := os.ReadDir(w.root)
	w.must(err)
	keep := []string{filepath.Base(w.dir), "state-saved", filepath.Base(w.identity)}
	for _, m := range w.past {
		keep = append(keep, filepath.Base(m.dir))
	}
	for _, e := range entries {
		if !slices.Contains(keep, e.Name()) {
			w.must(os.RemoveAll(w.path(e.Name())))
		}
	}
	copyTree(t, w.path("state-saved"), w.state)
	if fi, err := os.Lstat(w.dir); err != nil || !fi.IsDir() {
		w.must(errors.Join(os.RemoveAll(w.dir), os.MkdirAll(w.dir, 0o700)))
	}
	w.lay(w.present().dir)
	return &w
}

func (v *victim) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *victim) now() time.Time { return time.Unix(v.clock, 0) }

// way is a way to open a vault.
type way struct {
	name        string
	write, keys bool
}

var (
	writer = way{"writer", true, true}
	reader = way{"reader", false, true}
	locked = way{"locked", false, false}
)

func (v *victim) options(w way) vault.Options {
	o := vault.Options{Write: w.write, Wait: time.Minute, State: v.state, Now: v.now}
	// As a command reads, without Badger; and sometimes as a program does that stays.
	o.OneShot = !w.write && v.rng.IntN(4) > 0
	if w.keys {
		o.Keys = []crypto.Key{v.key}
	}
	return o
}

func (v *victim) open(w way) (*vault.Vault, error) {
	v.close()
	return vault.Open(context.Background(), v.dir, v.options(w))
}

// close ends the honest session.
func (v *victim) close() {
	if v.h == nil {
		return
	}
	h := v.h
	v.h = nil
	v.must(h.Close())
}

// handle is the honest session.
func (v *victim) handle() *vault.Vault {
	v.t.Helper()
	if v.h == nil {
		h, err := v.open(writer)
		v.must(err)
		v.h = h
	}
	return v.h
}

// remember makes a copy of the folder, as the attacker might.
func (v *victim) remember() {
	st := v.handle().Status()
	v.close()
	m := moment{
		dir: filepath.Join(v.root, fmt.Sprintf("past-%d", len(v.past))), truth: v.truth.clone(),
		seq: st.Seq, pin: st.Pin, epoch: v.epoch,
	}
	copyTree(v.t, v.dir, m.dir)
	v.past = append(v.past, m)
}

// present is the newest copy, of the state that stands.
func (v *victim) present() moment { return v.past[len(v.past)-1] }

// before is one of the older copies, of the present epoch where same is set.
func (v *victim) before(same bool) moment {
	older := slices.DeleteFunc(slices.Clone(v.past[:len(v.past)-1]), func(m moment) bool {
		return m.seq == v.present().seq || same && m.epoch != v.epoch
	})
	return older[v.rng.IntN(len(older))]
}

// truth is what the vault has to say of each name that it ever held.
type truth map[string]*history

// history is every version of a name.
type history struct {
	versions []value // version n stands at n-1
	oldest   uint64  // kept
}

// value is a version's kind and value; of a deletion the kind is gone.
type value struct{ kind, data string }

func (h *history) live() bool      { return h != nil && h.current().kind != "gone" }
func (h *history) current() value  { return h.versions[len(h.versions)-1] }
func (h *history) version() uint64 { return uint64(len(h.versions)) }

func (h *history) add(v value, keep uint64) {
	h.versions = append(h.versions, v)
	n := h.version()
	if h.oldest = max(h.oldest, 1, n-min(n, keep)+1); keep == 0 {
		h.oldest = n
	}
}

func (t truth) clone() truth {
	c := truth{}
	for name, h := range t {
		c[name] = &history{slices.Clone(h.versions), h.oldest}
	}
	return c
}

// names are those that are live, sorted.
func (t truth) names() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if t[name].live() {
			names = append(names, name)
		}
	}
	return names
}

func (t truth) add(name string, v value, keep uint64) {
	if t[name] == nil {
		t[name] = &history{}
	}
	t[name].add(v, keep)
}
