package group

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// sync must succeed.
func (h *house) sync() Report {
	h.t.Helper()
	r, err := h.g.Sync(h.t.Context(), SyncOptions{}, h.place)
	h.ok(err)
	for _, p := range r.Places {
		h.ok(p.Err)
	}
	return r
}

func (h *house) set(name, value string) {
	h.t.Helper()
	_, err := h.v.Set(h.t.Context(), name, vault.Text(value))
	h.ok(err)
}

func (h *house) holds(who string, want map[string]string) {
	h.t.Helper()
	list, err := h.v.ReadAll(h.t.Context())
	h.ok(err)
	got := map[string]string{}
	for _, s := range list {
		got[s.Name] = string(s.Value.Reveal())
	}
	if !maps.Equal(got, want) {
		h.t.Errorf("%s holds %v, want %v", who, got, want)
	}
}

// TestLife is the life of a group from its beginning to a takeover, by syncs alone.
func TestLife(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.found()
	owner.set("CAM_KEY", "k1")
	owner.set("OTHER", "stays here")
	owner.sync()

	come := func(role Role, label string) *house {
		h := w.house()
		var err error
		h.g, _, err = Join(t.Context(), h.v, Request{Code: owner.invite(Invitation{Role: role}), Label: label}, w.place)
		w.ok(err)
		h.sync()     // leaves the request
		owner.sync() // answers it
		h.sync()
		h.is(role)
		return h
	}
	anna, ben := come(Writer, "anna"), come(Writer, "ben")
	cam := come(Reader, "cam-1")
	heir := w.house()
	code := owner.invite(Invitation{Role: Heir, Public: true})
	var check string
	var err error
	heir.g, check, err = Join(t.Context(), heir.v, Request{Code: code, Label: "heir"}, w.place)
	w.ok(err)
	heir.sync()
	_, err = owner.g.Admit(t.Context(), Admission{Check: check, Role: Heir, Label: "heir"}, w.place)
	w.ok(err)
	houses := map[string]*house{"owner": owner, "anna": anna, "ben": ben, "cam-1": cam, "heir": heir}
	round := func() {
		t.Helper()
		for range 2 {
			for _, who := range []string{"owner", "anna", "ben", "cam-1", "heir"} {
				if h := houses[who]; h != nil {
					h.sync()
				}
			}
		}
	}
	same := func(want map[string]string) {
		t.Helper()
		for who, h := range houses {
			all := maps.Clone(want)
			if who == "owner" {
				all["OTHER"] = "stays here"
			}
			h.holds(who, all)
		}
	}
	round()
	same(map[string]string{"CAM_KEY": "k1"})

	// Two at once: the same wins everywhere, and one who looks at it chooses for all.
	anna.set("CAM_KEY", "anna's")
	ben.set("CAM_KEY", "ben's")
	anna.set("CAM_URL", "u")
	round()
	list, err := cam.g.Conflicts(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if _, err := cam.g.Resolve(t.Context(), "CAM_KEY", Choice{Number: 1}); vault.CodeOf(err) != vault.Denied {
		t.Errorf("a reader resolved: %v", err)
	}
	if names, err := anna.g.Resolve(t.Context(), "", Choice{Member: "ben"}); vault.CodeOf(err) != vault.NotFound {
		w.ok(err)
		if len(names) != 1 {
			t.Error(names)
		}
	} else if _, err := anna.g.Resolve(t.Context(), "", Choice{}); err != nil {
		t.Fatal(err) // ben's stands already
	}
	round()
	same(map[string]string{"CAM_KEY": "ben's", "CAM_URL": "u"})
	for who, h := range houses {
		if s, err := h.g.Show(t.Context()); err != nil || s.Conflicts != 0 || s.Unsent != 0 || s.AsOf.IsZero() {
			t.Errorf("%s: %+v, %v", who, s, err)
		}
	}

	// A removed writer gets nothing any more, and what it sends counts for nobody.
	w.ok(owner.g.Remove(t.Context(), "ben"))
	owner.sync()
	ben.set("CAM_KEY", "ben's last")
	ben.g.Sync(t.Context(), SyncOptions{}, w.place) // it may send under its old key
	delete(houses, "ben")
	owner.set("CAM_KEY", "k2")
	round()
	same(map[string]string{"CAM_KEY": "k2", "CAM_URL": "u"})
	if s, err := ben.g.Show(t.Context()); err != nil || !s.Removed {
		t.Errorf("ben: %+v, %v", s, err)
	}
	ben.holds("ben", map[string]string{"CAM_KEY": "ben's last", "CAM_URL": "u"})

	// The heir takes over; the owner before is a member no more.
	w.ok(heir.g.Takeover(t.Context(), nil))
	heir.sync()
	delete(houses, "owner")
	anna.sync()
	anna.set("CAM_KEY", "k3")
	round()
	same(map[string]string{"CAM_KEY": "k3", "CAM_URL": "u"})
	owner.sync()
	if s, err := owner.g.Show(t.Context()); err != nil || !s.Removed {
		t.Errorf("the owner before: %+v, %v", s, err)
	}

	// New keys for one member: its feed begins anew, and nothing is lost.
	w.ok(anna.g.Rejoin(t.Context()))
	anna.set("CAM_KEY", "k4")
	for range 3 {
		anna.sync()
		heir.sync()
	}
	round()
	same(map[string]string{"CAM_KEY": "k4", "CAM_URL": "u"})
	w.showsNothing("CAM_KEY", "CAM_URL", "k4", "ben's", "cameras", "anna", "cam-1", "stays here")
}

// showsNothing: what the place holds has none of these.
func (w *town) showsNothing(canaries ...string) {
	w.t.Helper()
	after, n := "", 0
	for {
		keys, err := w.place.Transport.List(w.t.Context(), "", after)
		w.ok(err)
		if len(keys) == 0 {
			break
		}
		for _, key := range keys {
			data, err := w.place.Transport.Get(w.t.Context(), key)
			w.ok(err)
			n++
			for _, canary := range canaries {
				// Shorter ones are found by chance.
				if len(canary) > 3 && (strings.Contains(key, canary) || bytes.Contains(data, []byte(canary))) {
					w.t.Errorf("%s shows %q", key, canary)
				}
			}
		}
		after = keys[len(keys)-1]
	}
	if n < 5 {
		w.t.Errorf("only %d files", n)
	}
}

// An owner that is put back to a time before a removal removes nobody anew and lets
// nobody in: it learns from its own welcome what it has done since.
func TestOwnerRestoredFromBeforeARemoval(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	f := &fleet{t: t, now: w.clock, memory: w.memory}
	n := f.add("owner", bundle.Owner)
	owner := &house{town: w, v: n.v}
	var err error
	owner.g, err = Create(t.Context(), owner.v, NewGroup{Label: "cameras", Patterns: []string{"CAM_*"}, Member: "ada", Places: []string{"memory:"}})
	w.ok(err)
	n.g = owner.g
	owner.set("CAM_KEY", "k1")
	owner.sync()
	join := func(label string) *house {
		h := w.house()
		h.g, _, err = Join(t.Context(), h.v, Request{Code: owner.invite(Invitation{Role: Writer}), Label: label}, w.place)
		w.ok(err)
		h.sync()
		owner.sync()
		h.sync()
		return h
	}
	anna, ben := join("anna"), join("ben")
	before := n.snapshot()
	w.ok(owner.g.Remove(t.Context(), "ben"))
	owner.set("CAM_KEY", "k2")
	owner.sync()
	anna.sync()

	n.restore(before)
	owner.v = n.v
	owner.set("CAM_NEW", "set before it asked")
	for _, change := range []func() error{
		func() error { return owner.g.Remove(t.Context(), "anna") },
		func() error {
			_, err := owner.g.Invite(t.Context(), Invitation{Role: Writer, Address: "memory:"})
			return err
		},
	} {
		if err := change(); err == nil {
			t.Error("it decides, and does not know what it has decided")
		}
	}
	owner.sync()
	for range 2 {
		owner.sync()
		anna.sync()
	}
	for who, h := range map[string]*house{"owner": owner, "anna": anna} {
		h.holds(who, map[string]string{"CAM_KEY": "k2", "CAM_NEW": "set before it asked"})
		if c := h.charter(); len(c.Writers) != 1 || c.Writers[0].Label != "anna" || c.Number != 4 {
			t.Errorf("%s holds charter %d with %d writers", who, c.Number, len(c.Writers))
		}
	}
	ben.set("CAM_KEY", "ben's")
	ben.g.Sync(t.Context(), SyncOptions{}, w.place) // it is told that it is gone
	owner.sync()
	owner.holds("owner", map[string]string{"CAM_KEY": "k2", "CAM_NEW": "set before it asked"})
}
