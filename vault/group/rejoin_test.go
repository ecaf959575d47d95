package group

import (
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// copied is a copy of the house's vault, with what it keeps of the group.
func (h *house) copied(secrets ...string) *house {
	h.t.Helper()
	c := h.house()
	for _, name := range secrets {
		sec, err := h.v.Read(h.t.Context(), name)
		h.ok(err)
		c.set(name, string(sec.Value.Reveal()))
	}
	records, err := vault.GroupRecords(h.t.Context(), h.v)
	h.ok(err)
	own := map[string]vault.Value{}
	for _, name := range records {
		value, _, err := vault.GroupRecord(h.t.Context(), h.v, name)
		h.ok(err)
		own[name] = value
	}
	h.ok(c.v.Merge(h.t.Context(), "copy", func(*vault.MergeView) (vault.Merge, error) { return vault.Merge{Own: own}, nil }))
	c.g = &Group{c.v, h.g.id}
	return c
}

// A member that has asked for new keys, and was removed before the owner saw that, learns
// of it.
func TestRemovedBeforeItRejoins(t *testing.T) {
	t.Parallel()
	for _, role := range []Role{Reader, Writer, Heir} {
		for _, deposited := range []bool{false, true} {
			w := newTown(t, false)
			owner := w.foundSynced()
			member := owner.comes(role, "bob")
			w.ok(member.g.Renew(t.Context()))
			w.ok(owner.g.Remove(t.Context(), "bob"))
			if deposited {
				member.sync()
			}
			owner.sync()
			if r := member.sync(); !r.Removed {
				t.Errorf("%s, %v: it is not told: %+v", role, deposited, r)
			}
			owner.sync()
			if r := member.sync(); !r.Removed {
				t.Errorf("%s, %v: it is told once: %+v", role, deposited, r)
			}
			if list, err := owner.g.Members(t.Context()); err != nil || len(list) != 1 {
				t.Errorf("members: %+v, %v", list, err)
			}
		}
	}
}

// A reader that gets the farewell of the member that it was, before the welcome of the one
// that it becomes, is that one as soon as the welcome is there.
func TestFarewellBeforeWelcome(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	reader := owner.comes(Reader, "cam")
	w.ok(reader.g.Renew(t.Context()))
	reader.sync()
	next := reader.status().Next.ID
	owner.sync()
	keys, err := w.place.Transport.List(t.Context(), transport.WelcomePrefix(owner.g.id, next), "")
	if err != nil || len(keys) != 1 {
		t.Fatalf("%q, %v", keys, err)
	}
	welcome, err := w.place.Transport.Get(t.Context(), keys[0])
	w.ok(err)
	w.ok(transport.Delete(t.Context(), w.place.Transport, keys[0]))
	if r := reader.sync(); !r.Removed {
		t.Errorf("without the welcome: %+v", r)
	}
	w.ok(w.place.Transport.Put(t.Context(), keys[0], welcome, nil))
	owner.set("CAM_KEY", "two")
	owner.sync()
	if r := reader.sync(); r.Removed || reader.status().Self != next {
		t.Errorf("with the welcome: %+v", r)
	}
	reader.is(Reader)
	reader.has("CAM_KEY", "two")
}

// A member whose copy wrote first is told so, also where the owner has made a checkpoint
// of what the copy wrote. It goes on under a new id: it gets what the copy wrote, and
// what it wrote itself waits for a choice.
func TestRejoinAfterFork(t *testing.T) {
	t.Parallel()
	for _, covered := range []bool{false, true} {
		w := newTown(t, false)
		owner := w.found()
		owner.set("CAM_A", "a")
		owner.sync()
		anna := w.house()
		var err error
		anna.g, _, err = Join(t.Context(), anna.v, Request{Code: owner.invite(Invitation{Role: Writer}), Label: "anna"}, w.place)
		w.ok(err)
		anna.sync()
		owner.sync()
		anna.sync()

		other := anna.copied("CAM_A")
		other.set("CAM_C", "c")
		other.sync()
		anna.set("CAM_D", "d")
		if covered {
			owner.sync()
			w.ok(owner.g.change(t.Context(), "test", func(s *standing) error { s.st.Due = true; return nil }))
			owner.sync()
		}
		for range 2 {
			_, err = anna.g.Sync(t.Context(), SyncOptions{}, w.place)
			w.fails(err, vault.Forked)
		}
		w.ok(anna.g.Rejoin(t.Context()))
		anna.sync()
		owner.sync()
		anna.sync()
		anna.holds("anna", map[string]string{"CAM_A": "a", "CAM_C": "c"})
		list, err := anna.g.Conflicts(t.Context())
		if err != nil || len(list) != 1 || list[0].Name != "CAM_D" || string(list[0].Value.Value.Reveal()) != "d" {
			t.Errorf("covered %v: %+v, %v", covered, list, err)
		}
		_, err = anna.g.Resolve(t.Context(), "CAM_D", Choice{Number: 1})
		w.ok(err)
		anna.sync()
		owner.sync()
		owner.holds("owner", map[string]string{"CAM_A": "a", "CAM_C": "c", "CAM_D": "d"})
		if r := other.sync(); !r.Removed {
			t.Error("the copy is still a member")
		}
	}
}
