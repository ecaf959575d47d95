package group

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// errCut is what a process that is killed does not live to see.
var errCut = errors.New("cut off")

// A fuse cuts a node off from its disk or its places after so many steps.
type fuse struct {
	left  int  // steps; 0: it has blown; negative: none
	after bool // the last step is made, and its answer lost
}

// burn runs a step, or cuts it off.
func (f *fuse) burn(step func() error) error {
	if f == nil || f.left < 0 {
		return step()
	}
	if f.left == 0 {
		return errCut
	}
	f.left--
	if f.left > 0 {
		return step()
	}
	if f.after {
		if err := step(); err != nil {
			return err
		}
	}
	return errCut
}

// fused is a database that is cut off.
type fused struct {
	kept
	fuse *fuse
}

func (s fused) Update(fn func(store.Writer) error) error {
	return s.fuse.burn(func() error { return s.kept.Update(fn) })
}

// fusedPlace is a place that is cut off.
type fusedPlace struct {
	transport.Transport
	fuse *fuse
}

func (p fusedPlace) Put(ctx context.Context, key string, data, old []byte) error {
	return p.fuse.burn(func() error { return p.Transport.Put(ctx, key, data, old) })
}

func (p fusedPlace) Get(ctx context.Context, key string) (data []byte, err error) {
	err = p.fuse.burn(func() error { data, err = p.Transport.Get(ctx, key); return nil })
	if err == nil && data == nil {
		err = fmt.Errorf("%w", transport.ErrNone)
	}
	return data, err
}

// A sync that is killed at any step, of its disk or of the place, is done again without
// a trace.
func TestSyncKilledAnywhere(t *testing.T) {
	t.Parallel()
	for _, disk := range []bool{true, false} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("disk=%v,after=%v", disk, after), func(t *testing.T) {
				t.Parallel()
				for n := 1; killedOnce(t, disk, &fuse{n, after}); n += 1 + n/6*short(2) {
				}
			})
		}
	}
}

// short is n in a short run, else nothing.
func short(n int) int {
	if testing.Short() {
		return n
	}
	return 0
}

func killedOnce(t *testing.T, disk bool, fu *fuse) (blown bool) {
	f := newFleet(t, 1, 0)
	owner, writer := f.nodes[0], f.nodes[1]
	owner.set("A", "a")
	owner.set("B", "b")
	f.round()
	owner.set("A", "a2")
	owner.set("C", "c")
	owner.sync()
	writer.set("B", "b2")
	writer.set("D", "d")
	place := f.place()
	if disk {
		writer.fuse = fu
		must(t, writer.v.Close())
		writer.reopen()
	} else {
		place.Transport = fusedPlace{place.Transport, fu}
	}
	_, err := writer.g.Sync(t.Context(), SyncOptions{}, place)
	blown = fu.left == 0
	if blown && disk && err == nil {
		t.Error("the disk failed, and sync says nothing")
	}
	writer.fuse = nil
	writer.v.Close()
	writer.reopen()
	f.round()
	f.same(map[string]string{"A": "a2", "B": "b2", "C": "c", "D": "d"})
	for _, n := range f.nodes {
		n.lists()
	}
	return blown
}

// Two syncs of one vault at once do no harm, and what is set meanwhile is not lost.
func TestSyncsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	f.nodes[0].set("A", "0")
	f.round()
	var wg sync.WaitGroup
	for _, n := range f.nodes[:2] {
		for range 2 {
			wg.Go(func() {
				for range 5 {
					r, err := n.g.Sync(t.Context(), SyncOptions{}, f.place())
					if err != nil || r.Places[0].Err != nil {
						t.Error(n.label, err, r.Places)
					}
				}
			})
		}
		wg.Go(func() {
			for i := range 10 {
				n.set("N-"+n.label, fmt.Sprint(i))
			}
		})
	}
	wg.Wait()
	f.round()
	f.same(map[string]string{"A": "0", "N-owner": "9", "N-writer1": "9"})
}

// TestHistories has members set, delete, sync through two places, get cut off, be put
// back and be removed, in random order; in the end all have the same, and whatever was
// set stands, was replaced by somebody who was shown it, or is listed.
func TestHistories(t *testing.T) {
	t.Parallel()
	for range slice(histories, 4) {
		seed := rand.Uint64()
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { t.Parallel(); history(t, seed) }) {
			return
		}
	}
}

func history(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 0))
	f := newFleet(t, 1+r.IntN(2), 1)
	places := []Place{f.place(), {"stick", transport.NewMemory().Open()}}
	f.round() // nothing that stood before
	for _, n := range f.nodes {
		must(t, n.g.SetPlaces(t.Context(), "memory", "stick"))
	}
	var old map[string][]byte
	var oldOf *node
	written, oldSize := ledger{f: f}, 0
	for i := range 40 {
		n := f.nodes[r.IntN(len(f.nodes)-1)] // not the reader
		switch name := string(rune('A' + r.IntN(3))); r.IntN(12) {
		case 0, 1, 2, 3:
			written.set(n, name, fmt.Sprint(n.label, " ", i))
		case 4:
			if _, there := n.all()[name]; there {
				written.remove(n, name)
			}
		case 5:
			n.tear(r, places)
		case 6:
			if oldOf == nil {
				old, oldOf, oldSize = n.snapshot(), n, len(written.entries)
			} else if oldOf != f.nodes[0] {
				oldOf.restore(old)
				written.putBack(oldOf, oldSize)
				oldOf = nil
			}
		default:
			f.nodes[r.IntN(len(f.nodes))].sync(places[r.IntN(2):]...)
		}
	}
	for range 4 {
		for _, n := range f.nodes {
			n.sync(places...)
		}
	}
	f.same(maps.Clone(f.nodes[0].all()))
	written.check()
}

// tear has a member cut off amid a sync.
func (n *node) tear(r *rand.Rand, places []Place) {
	n.f.t.Helper()
	fu := &fuse{1 + r.IntN(20), r.IntN(2) == 0}
	place := places[r.IntN(2)]
	if r.IntN(2) == 0 {
		n.fuse = fu
		must(n.f.t, n.v.Close())
		n.reopen()
	} else {
		place.Transport = fusedPlace{place.Transport, fu}
	}
	n.g.Sync(n.f.t.Context(), SyncOptions{}, place) // what it says is lost with it
	n.fuse = nil
	n.v.Close()
	n.reopen()
}
