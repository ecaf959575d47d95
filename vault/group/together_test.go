package group

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// What membership and values do together, through real syncs.

func (h *house) has(name, value string) {
	h.t.Helper()
	e, err := h.v.Read(h.t.Context(), name)
	if value == "" {
		if !errors.Is(err, vault.NotFound) {
			h.t.Errorf("%s is there: %v", name, err)
		}
		return
	}
	if err != nil || string(e.Value.Reveal()) != value {
		h.t.Errorf("%s: %v, must be %s", name, err, value)
	}
}

// foundSynced is found, by real syncs.
func (w *town) foundSynced() *house {
	w.t.Helper()
	h := w.house()
	h.set("CAM_KEY", "one")
	h.set("OTHER", "mine")
	var err error
	h.g, err = Create(w.t.Context(), h.v, NewGroup{
		Label: "cameras", Patterns: []string{"CAM_*"}, Member: "ada", PostQuantum: w.pq, Recovery: []byte(townPhrase), Places: []string{"memory:"},
	})
	w.ok(err)
	h.sync()
	return h
}

// Who asks with one code, and then with another, is admitted by either, once.
func TestJoinTwice(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	n := owner.house()
	for i, prefix := range []string{"", "X_"} {
		var err error
		n.g, _, err = Join(t.Context(), n.v, Request{Code: owner.invite(Invitation{Role: Reader}), Label: fmt.Sprint("cam-", i), Prefix: prefix}, w.place)
		w.ok(err)
		n.sync()
	}
	for range 2 {
		owner.sync()
		n.sync()
	}
	n.has("X_CAM_KEY", "one")
	if list, err := owner.g.Members(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("members: %+v, %v", list, err)
	}
}

// Who asks again with the same code has the label, the prefix and the place that it gave
// last, and keeps its keys.
func TestAskAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	n := owner.house()
	code := owner.invite(Invitation{})
	for i, r := range []Request{{Label: "a"}, {Label: "b"}, {Label: "b", Prefix: "X_"}, {Label: "b", Prefix: "X_", Places: []string{"memory:", "other:"}}} {
		r.Code = code
		var err error
		n.g, _, err = Join(t.Context(), n.v, r, w.place)
		w.ok(err)
		n.sync()
		asked, err := Asked(t.Context(), n.v, code)
		if err != nil || asked == nil || asked.Label != r.Label || asked.Prefix != r.Prefix || i == 3 && len(asked.Places) != 2 {
			t.Errorf("%+v, %v: must be %+v", asked, err, r)
		}
	}
	owner.sync()
	_, _, err := Join(t.Context(), n.v, Request{Code: code, Label: "c"}, w.place)
	w.fails(err, vault.Exists)
	_, _, err = Join(t.Context(), n.v, Request{Code: code, Label: "b", Prefix: "Y_"}, w.place)
	w.ok(err)
	n.sync()
	n.has("Y_CAM_KEY", "one")
	if list, err := owner.g.Members(t.Context()); err != nil || len(list) != 2 || list[1].Label != "b" {
		t.Errorf("members: %+v, %v", list, err)
	}
	_, _, err = Join(t.Context(), n.v, Request{Code: code, Label: "b"}, w.place)
	w.fails(err, vault.Exists)
	if asked, err := Asked(t.Context(), n.v, code); asked != nil || err != nil {
		t.Errorf("a member waits: %+v, %v", asked, err)
	}
}

// A vault that was removed comes back under the prefix that it had.
func TestComeBack(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	n := owner.comes(Reader, "cam")
	w.ok(owner.g.Remove(t.Context(), "cam"))
	owner.sync()
	n.sync()
	code := owner.invite(Invitation{})
	_, _, err := Join(t.Context(), n.v, Request{Code: code, Label: "cam", Prefix: "X_"}, w.place)
	w.fails(err, vault.Conflict)
	_, _, err = Join(t.Context(), n.v, Request{Code: code, Label: "cam"}, w.place)
	w.ok(err)
	n.sync()
	if s, err := n.g.Show(t.Context()); err != nil || !s.Waiting || s.Removed || s.Role != "" || !s.Asked.Equal(w.clock) {
		t.Errorf("it waits: %+v, %v", s, err)
	}
	_, _, err = Join(t.Context(), n.v, Request{Code: owner.invite(Invitation{}), Label: "cam2"}, w.place)
	w.ok(err)
	n.sync()
	owner.set("CAM_KEY", "two")
	owner.sync()
	n.sync()
	n.has("CAM_KEY", "two")
	if list, err := n.g.Conflicts(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("conflicts: %+v, %v", list, err)
	}
}

// A request that is left is taken back: the code is not used up by it. So is one for new
// keys.
func TestLeaveTakesRequestBack(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	n := owner.house()
	code := owner.invite(Invitation{})
	for range 2 {
		var err error
		n.g, _, err = Join(t.Context(), n.v, Request{Code: code, Label: "cam"}, w.place)
		w.ok(err)
		n.sync()
		if left, err := n.g.Leave(t.Context(), w.place); err != nil || left.Answered || len(left.Standing) != 0 {
			t.Errorf("%+v, %v", left, err)
		}
	}
	var err error
	n.g, _, err = Join(t.Context(), n.v, Request{Code: code, Label: "cam"}, w.place)
	w.ok(err)
	n.sync()
	owner.sync()
	n.sync()
	n.is(Reader)

	w.ok(n.g.Renew(t.Context()))
	n.sync()
	_, err = n.g.Leave(t.Context(), w.place)
	w.ok(err)
	owner.sync()
	keys, err := w.place.Transport.List(t.Context(), transport.Prefix(transport.Join, owner.g.id), "")
	if list, failed := owner.g.Members(t.Context()); err != nil || failed != nil || len(list) != 2 || len(keys) != 1 {
		t.Errorf("members: %+v, %v, requests: %q, %v", list, failed, keys, err)
	}
}

// Who leaves is told where its request still lies, and that the owner had admitted it. Who
// asks with a code by which another came is told so.
func TestLeaveTooLate(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	n := owner.house()
	code := owner.invite(Invitation{})
	var err error
	n.g, _, err = Join(t.Context(), n.v, Request{Code: code, Label: "cam", Places: []string{"memory:", "far:"}}, w.place)
	w.ok(err)
	n.sync()
	if a, err := n.g.Application(t.Context(), w.place); err != nil || a.Used || !a.Since.Equal(w.clock) {
		t.Errorf("%+v, %v", a, err)
	}
	owner.sync()
	left, err := n.g.Leave(t.Context(), w.place)
	if err != nil || !left.Answered || !slices.Equal(left.Standing, []string{"far:"}) {
		t.Errorf("%+v, %v", left, err)
	}
	for _, h := range []*house{n, n.house()} {
		h.g, _, err = Join(t.Context(), h.v, Request{Code: code, Label: "cam"}, w.place)
		w.ok(err)
		h.sync()
		if a, err := h.g.Application(t.Context(), w.place); err != nil || !a.Used {
			t.Errorf("%+v, %v", a, err)
		}
	}
}

// The owner is told of requests that it cannot admit, as long as somebody may wait.
func TestOwnerHearsOfRequests(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	restored := owner.copied("CAM_KEY", "OTHER")
	ask := func(code []byte, label string) {
		h, _ := w.asks(code, label)
		h.sync()
	}
	hears := func(h *house, want ...string) {
		t.Helper()
		var got []string
		for _, u := range h.sync().Unanswered {
			got = append(got, u.Label+" "+string(u.Why))
			if u.Label != "checked" && !u.Asked.Equal(w.clock) {
				t.Errorf("%+v", u)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q, must be %q", got, want)
		}
	}
	once, brief, shut := owner.invite(Invitation{}), owner.invite(Invitation{TTL: time.Hour}), owner.invite(Invitation{Uses: 3})
	ask(owner.invite(Invitation{Role: Heir, Public: true}), "checked")
	ask(once, "first")
	owner.sync()
	ask(shut, "before")
	owner.sync()
	list, err := owner.g.Invites(t.Context())
	w.ok(err)
	for _, v := range list {
		if v.Left == 2 {
			w.ok(owner.g.CloseInvites(t.Context(), v.ID))
		}
	}
	w.clock = w.clock.Add(2 * time.Hour)
	ask(once, "second")
	ask(brief, "late")
	ask(shut, "astray")
	hears(owner, "astray closed", "late closed", "second closed")
	owner.invite(Invitation{}) // it forgets what it needs no more of the others
	hears(owner, "astray closed", "late closed", "second closed")
	// What was closed stands in the list of members, which a restored owner learns from.
	hears(restored, "astray closed", "checked unknown", "late unknown", "second closed")
	w.clock = w.clock.Add(31 * 24 * time.Hour)
	hears(owner)
}

// comes is a new house that is a member, by real syncs.
func (h *house) comes(role Role, label string) *house {
	h.t.Helper()
	n := h.house()
	code := h.invite(Invitation{Role: role, Public: role == Heir})
	var check string
	var err error
	n.g, check, err = Join(h.t.Context(), n.v, Request{Code: code, Label: label}, h.place)
	h.ok(err)
	n.sync()
	if role == Heir {
		_, err := h.g.Admit(h.t.Context(), Admission{Check: check}, h.place)
		h.ok(err)
	}
	h.sync()
	n.sync()
	n.is(role)
	return n
}

func TestTogether(t *testing.T) {
	t.Parallel()
	for _, pq := range []bool{false, true} {
		w := newTown(t, pq)
		owner := w.foundSynced()
		reader, writer := owner.comes(Reader, "cam-1"), owner.comes(Writer, "bob")
		for _, h := range []*house{reader, writer} {
			h.has("CAM_KEY", "one")
			h.has("OTHER", "")
		}
		writer.set("CAM_KEY", "two")
		writer.sync()
		owner.sync()
		reader.sync()
		owner.has("CAM_KEY", "two")
		reader.has("CAM_KEY", "two")

		// The removed get nothing more; those who stay and those who come get all.
		w.ok(owner.g.Remove(t.Context(), "bob"))
		owner.set("CAM_KEY", "three")
		owner.sync()
		if r := writer.sync(); !r.Removed {
			t.Error("the removed is not told")
		}
		reader.sync()
		reader.has("CAM_KEY", "three")
		writer.has("CAM_KEY", "two")
		later := owner.comes(Reader, "cam-2")
		later.has("CAM_KEY", "three")
	}
}

// After a takeover values go on, under a key that the owner before does not have.
func TestTakeoverTogether(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	heir, writer, reader := owner.comes(Heir, "eve"), owner.comes(Writer, "bob"), owner.comes(Reader, "cam")
	owner.sync()
	heir.sync()
	writer.sync()
	w.ok(heir.g.Takeover(t.Context(), nil))
	heir.set("CAM_NEW", "by eve")
	heir.sync()
	heir.sync()
	writer.sync()
	writer.set("CAM_KEY", "by bob")
	writer.sync()
	heir.sync()
	reader.sync()
	for _, h := range []*house{heir, writer, reader} {
		h.has("CAM_NEW", "by eve")
		h.has("CAM_KEY", "by bob")
	}
	if r := owner.sync(); !r.Removed {
		t.Error("the owner before is not told")
	}
	owner.has("CAM_NEW", "")
	later := heir.comes(Reader, "later")
	later.has("CAM_KEY", "by bob")
}

// Whoever renews its keys goes on writing, and reading.
func TestRenewTogether(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"ada", "bob"} {
		w := newTown(t, false)
		owner := w.foundSynced()
		writer, reader := owner.comes(Writer, "bob"), owner.comes(Reader, "cam")
		m := map[string]*house{"ada": owner, "bob": writer}[who]
		m.set("CAM_KEY", "before")
		m.sync()
		owner.sync()
		w.ok(m.g.Renew(t.Context()))
		for range 3 {
			m.sync()
			owner.sync()
		}
		m.set("CAM_KEY", "after")
		for range 2 {
			m.sync()
			owner.sync()
			writer.sync()
			reader.sync()
		}
		for _, h := range []*house{owner, writer, reader} {
			h.has("CAM_KEY", "after")
			if c, err := h.g.Conflicts(t.Context()); err != nil || len(c) != 0 {
				t.Errorf("%s renews: %s has conflicts %v, %v", who, h.status().Label, c, err)
			}
		}
		if got := strings.Join(owner.labels(), ", "); got != "ada owner, bob writer, cam reader" {
			t.Error(got)
		}
	}
}

// A sync of a group in which nothing happened makes no commit at any member.
func TestQuietGroup(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	all := []*house{owner, owner.comes(Reader, "cam"), owner.comes(Writer, "bob")}
	for range 3 {
		for _, h := range all {
			h.sync()
		}
	}
	for _, h := range all {
		before := h.v.Status().Seq
		h.sync()
		if after := h.v.Status().Seq; after != before {
			t.Errorf("%s: commit %d after %d", h.status().Label, after, before)
		}
	}
}

// Where the group asks for it, the owner knows how far each member is.
func TestReceipts(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.foundSynced()
	reader, other := owner.comes(Reader, "cam"), owner.comes(Reader, "late")
	yes := true
	w.ok(owner.g.Change(t.Context(), Settings{Receipts: &yes}))
	owner.sync()
	owner.set("CAM_KEY", "two")
	owner.sync()
	other.sync()
	owner.set("CAM_KEY", "three")
	owner.sync()
	w.clock = w.clock.Add(time.Minute)
	reader.sync()
	owner.sync()
	members, err := owner.g.Members(t.Context())
	w.ok(err)
	for _, m := range members {
		switch m.Label {
		case "cam":
			if m.Behind || !m.Seen.Equal(w.clock) {
				t.Errorf("%+v", m)
			}
		case "late":
			if !m.Behind || m.Seen.IsZero() {
				t.Errorf("%+v", m)
			}
		}
	}
	// A receipt is written once, and read once.
	for _, h := range []*house{reader, owner} {
		h.sync()
		before := h.v.Status().Seq
		h.sync()
		if after := h.v.Status().Seq; after != before {
			t.Errorf("%s: commit %d after %d", h.status().Label, after, before)
		}
	}
	// One that another member signed says nothing.
	forged := slices.Clone(mustGet(w, transport.ReceiptKey(owner.g.id, other.status().Self)))
	forged[len(forged)/2] ^= 1
	key := transport.ReceiptKey(owner.g.id, reader.status().Self)
	w.ok(w.place.Transport.Put(t.Context(), key, forged, mustGet(w, key)))
	owner.sync()
	again, err := owner.g.Members(t.Context())
	w.ok(err)
	if !slices.Equal(members, again) {
		t.Errorf("%+v, was %+v", again, members)
	}
}

func mustGet(w *town, key string) []byte {
	w.t.Helper()
	data, err := w.place.Transport.Get(w.t.Context(), key)
	w.ok(err)
	return data
}

// Who has nothing but the phrase and the place finds the group, its values and its
// members again.
func TestRecover(t *testing.T) {
	t.Parallel()
	for _, pq := range []bool{false, true} {
		w := newTown(t, pq)
		owner := w.foundSynced()
		writer, reader := owner.comes(Writer, "bob"), owner.comes(Reader, "cam")
		writer.set("CAM_TWO", "by bob")
		writer.sync()
		owner.sync() // and the owner's machine is lost

		h := w.house()
		_, err := Recover(t.Context(), h.v, Recovery{Phrase: []byte(townPhrase + " more"), Label: "new"}, w.place)
		w.fails(err, vault.NotFound)
		_, err = Recover(t.Context(), h.v, Recovery{Phrase: []byte(townPhrase), Label: "new"})
		w.fails(err, vault.Unreachable)
		_, err = Recover(t.Context(), h.v, Recovery{Phrase: []byte(townPhrase), Label: "new", Group: ID{1}}, w.place)
		w.fails(err, vault.NotFound)
		h.g, err = Recover(t.Context(), h.v, Recovery{Phrase: []byte(townPhrase), Label: "new", Group: owner.g.id}, w.place)
		w.ok(err)
		h.sync()
		h.has("CAM_KEY", "one")
		h.has("CAM_TWO", "by bob")
		w.ok(h.g.Takeover(t.Context(), []byte(townPhrase)))
		h.sync()
		h.sync()
		h.set("CAM_KEY", "two")
		for _, m := range []*house{h, writer, reader} {
			m.sync()
			m.has("CAM_KEY", "two")
			m.has("CAM_TWO", "by bob")
		}
		if got := strings.Join(h.labels(), ", "); got != "bob writer, cam reader, new owner" {
			t.Error(got)
		}
		if r := owner.sync(); !r.Removed {
			t.Error("the owner before is not told")
		}
	}
}
