package group

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// contents is what lies at a place.
func contents(t *testing.T, p Place) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, kind := range "wcbhkgjr" {
		for after := ""; ; {
			keys, err := p.Transport.List(t.Context(), string(kind)+"/", after)
			must(t, err)
			if len(keys) == 0 {
				break
			}
			for _, key := range keys {
				data, err := p.Transport.Get(t.Context(), key)
				must(t, err)
				all[key], after = data, key
			}
		}
	}
	return all
}

// putBack makes a place what it was, as git switch does with a folder.
func putBack(t *testing.T, p Place, was map[string][]byte) {
	t.Helper()
	for key, data := range contents(t, p) {
		if string(was[key]) != string(data) {
			must(t, transport.Delete(t.Context(), p.Transport, key))
		}
	}
	for key, data := range was {
		if err := p.Transport.Put(t.Context(), key, data, nil); err != nil && !errors.Is(err, transport.ErrTaken) {
			t.Fatal(err)
		}
	}
}

// What a member has put at a place, and the place has lost before others took it, is put
// there again: by whoever put it, whatever else was put since.
func TestPlaceIsPutBack(t *testing.T) {
	t.Parallel()
	for who := range 2 {
		for _, empty := range []bool{false, true} {
			for _, since := range []bool{false, true} {
				f := newFleet(t, 1, 1)
				author, want := f.nodes[who], map[string]string{}
				set := func(name, value string) { author.set(name, value); want[name] = value }
				f.round()
				set("BEFORE", "1")
				f.round()
				was := contents(t, f.place())
				for i := range 3 {
					set("LOST", fmt.Sprint(i))
					author.sync()
				}
				if empty {
					was = nil
				}
				putBack(t, f.place(), was)
				if since {
					set("SINCE", "3")
				}
				f.round()
				f.same(want)
				if n := author.read().queued(); n != 0 {
					t.Errorf("%d bundles wait", n)
				}
				newcomer := contents(t, f.place())
				f.round()
				if again := contents(t, f.place()); len(again) > len(newcomer) {
					t.Errorf("syncs of nothing go on putting: %d files, %d before", len(again), len(newcomer))
				}
			}
		}
	}
}

// One place of two has lost something.
func TestOnePlaceOfTwoIsPutBack(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	writer, reader := f.nodes[1], f.nodes[2]
	near, far := f.place(), Place{"stick", transport.NewMemory().Open()}
	f.round()
	for _, n := range f.nodes {
		n.sync(near, far)
	}
	was := contents(t, far)
	writer.set("A", "1")
	writer.sync(near, far)
	putBack(t, far, was)
	writer.sync(far)
	reader.sync(far)
	reader.holds(map[string]string{"A": "1"})
}

// A checkpoint of which a place has lost parts, and nothing else, is put there again by the
// owner's next sync: who joins then needs it.
func TestCheckpointIsPutBack(t *testing.T) {
	t.Parallel()
	for name, goes := range map[string]func(transport.Key) bool{
		"all":       func(transport.Key) bool { return true },
		"the first": func(k transport.Key) bool { return k.Part == 1 && !k.Members },
	} {
		w := newTown(t, false)
		owner := w.foundSynced()
		owner.set("CAM_A", "1")
		owner.sync()
		owner.sync()
		before := len(contents(t, w.place))
		lost := 0
		for key := range contents(t, w.place) {
			if k, err := transport.Parse(key); err == nil && k.Kind == transport.Checkpoint && goes(k) {
				must(t, transport.Delete(t.Context(), w.place.Transport, key))
				lost++
			}
		}
		if lost == 0 {
			t.Fatalf("%s: there was no checkpoint", name)
		}
		owner.sync()
		owner.sync()
		late := owner.comes(Reader, "late")
		late.has("CAM_A", "1")
		after := len(contents(t, w.place))
		owner.sync()
		if again := len(contents(t, w.place)); again != after {
			t.Errorf("%s: syncs of nothing go on putting: %d files, %d before, %d at first", name, again, after, before)
		}
	}
}

// A bundle that no vault has any more is told. rejoin is the way out: what nobody else got
// waits for a choice.
func TestLostForGood(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	writer := owner.comes(Writer, "bob")
	was := contents(t, w.place)
	for i := range mostKept + 8 {
		writer.set("CAM_LOST", fmt.Sprint(i))
		writer.sync()
	}
	if n := len(writer.status().Queue); n != mostKept {
		t.Fatalf("%d bundles are kept", n)
	}
	putBack(t, w.place, was)
	if r := writer.sync(); len(r.Places) != 1 || r.Places[0].Lost == 0 {
		t.Fatalf("it is not told: %+v", r.Places)
	}
	writer.set("CAM_OTHER", "1")
	if r := writer.sync(); r.Places[0].Lost == 0 {
		t.Fatalf("it is told once: %+v", r.Places)
	}
	w.ok(writer.g.Rejoin(t.Context()))
	for range 3 {
		writer.sync()
		owner.sync()
	}
	if r := writer.sync(); r.Places[0].Lost != 0 {
		t.Errorf("still told: %+v", r.Places)
	}
	list, err := writer.g.Conflicts(t.Context())
	if err != nil || len(list) != 2 || list[0].Name != "CAM_LOST" || string(list[0].Value.Value.Reveal()) != fmt.Sprint(mostKept+7) {
		t.Errorf("%+v, %v", list, err)
	}
	writer.set("CAM_NEXT", "1")
	writer.sync()
	owner.sync()
	owner.has("CAM_NEXT", "1")
}

// What was purged lies in no bundle that is kept.
func TestPurgeKeepsNoBundle(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	writer := f.nodes[1]
	f.round()
	st := writer.read()
	st.Places = []string{f.place().Address}
	writer.save(st)
	writer.set("A", "secret")
	writer.sync()
	if n := len(writer.read().Queue); n != 1 {
		t.Fatalf("%d bundles are kept", n)
	}
	_, err := writer.v.Delete(t.Context(), "A", vault.DeleteOptions{Purge: true})
	must(t, err)
	writer.sync()
	st = writer.read()
	if len(st.Queue) != 1 || st.Queue[0].Seq != st.Last.Seq {
		t.Errorf("kept: %+v", st.Queue)
	}
}

// Bundles that are large are not kept.
func TestLargeBundlesAreNotKept(t *testing.T) {
	t.Parallel()
	st := &state{Role: bundle.Writer, Places: []string{"a"}, Pushed: map[string]pushed{"a": {Seq: 9}}}
	st.Last.Seq = 9
	for seq := range uint64(9) {
		st.Queue = append(st.Queue, queued{seq + 1, int(seq), 1 << 20})
	}
	if got := st.spare(); got != 5 {
		t.Errorf("spare up to %d: %s", got, strings.Repeat("*", len(st.Queue)))
	}
}
