package group

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// A town is vaults in memory, and the place where they meet.
type town struct {
	t      testing.TB
	memory *transport.Memory
	place  Place
	clock  time.Time
	pq     bool
}

func newTown(t testing.TB, pq bool) *town {
	m := transport.NewMemory()
	return &town{t: t, memory: m, place: Place{"memory:", m.Open()}, clock: time.Unix(1_800_000_000, 0), pq: pq}
}

// A house is a vault in a town, and its membership.
type house struct {
	*town
	v *vault.Vault
	g *Group
}

type undisturbed struct{ *store.Memory }

func (undisturbed) Close() error { return nil }

func (w *town) house() *house {
	w.t.Helper()
	root := w.t.TempDir()
	_, _, lock := cryptotest.NewKey(w.t, false)
	memory := store.NewMemory()
	v, err := vault.Create(w.t.Context(), filepath.Join(root, "vault"), vault.CreateOptions{
		State: filepath.Join(root, "state"), Now: func() time.Time { return w.clock },
		Slots: []vault.NewSlot{{Label: "identity", Lock: lock}},
		Store: func(context.Context, string, store.Options) (store.Store, error) { return undisturbed{memory}, nil },
	})
	w.ok(err)
	w.t.Cleanup(func() { v.Close() })
	return &house{town: w, v: v}
}

func (w *town) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) fails(err error, code vault.Code) {
	w.t.Helper()
	if !errors.Is(err, code) {
		w.t.Errorf("%v, must be %s", err, code)
	}
}

const townPhrase = "abacus abdomen abdominal abide abiding ability ablaze able abnormal abrasion"

// found makes a group whose owner is the house.
func (w *town) found() *house {
	w.t.Helper()
	h := w.house()
	var err error
	h.g, err = Create(w.t.Context(), h.v, NewGroup{
		Label: "cameras", Patterns: []string{"CAM_*"}, Member: "ada", PostQuantum: w.pq, Recovery: []byte(townPhrase), Places: []string{"memory:"},
	})
	w.ok(err)
	h.meet()
	return h
}

// meet is what a sync does about the membership.
func (h *house) meet() {
	h.t.Helper()
	h.ok(h.tryMeet())
}

func (h *house) tryMeet() error {
	st, err := readState(h.t.Context(), h.v, h.g.id)
	if err != nil {
		return err
	}
	keys, err := h.place.Transport.List(h.t.Context(), transport.WelcomePrefix(h.g.id, st.Self), "")
	if err != nil {
		return err
	}
	for _, key := range keys {
		data, err := h.place.Transport.Get(h.t.Context(), key)
		if err != nil {
			return err
		}
		if err := h.take(data); err != nil {
			return err
		}
	}
	return h.g.serve(h.t.Context(), h.place, &Report{})
}

// take offers a welcome to the house.
func (h *house) take(data []byte) error {
	return h.g.change(h.t.Context(), "sync", func(s *standing) error {
		changed, err := s.st.takeWelcome(data)
		s.unchanged = !changed
		return err
	})
}

func (h *house) status() *state {
	h.t.Helper()
	st, err := readState(h.t.Context(), h.v, h.g.id)
	h.ok(err)
	return st
}

func (h *house) charter() *bundle.Charter {
	h.t.Helper()
	c, err := h.status().newest()
	h.ok(err)
	return c
}

func (h *house) invite(i Invitation) []byte {
	h.t.Helper()
	i.Address = "memory:"
	code, err := h.g.Invite(h.t.Context(), i)
	h.ok(err)
	return code
}

// asks is a new house that asks to be admitted.
func (w *town) asks(code []byte, label string) (h *house, check string) {
	w.t.Helper()
	h = w.house()
	var err error
	h.g, check, err = Join(w.t.Context(), h.v, Request{Code: code, Label: label}, w.place)
	w.ok(err)
	h.meet()
	return h, check
}

// joins is a new house that is a member.
func (h *house) joins(role Role, label string) *house {
	h.t.Helper()
	n, _ := h.asks(h.invite(Invitation{Role: role}), label)
	h.meet()
	n.meet()
	n.is(role)
	return n
}

// heir is a new house that is an heir, which the owner admits by its check.
func (h *house) heir(label string) *house {
	h.t.Helper()
	n, check := h.asks(h.invite(Invitation{Role: Heir, Public: true}), label)
	m, err := h.g.Admit(h.t.Context(), Admission{Check: strings.ToLower(check)}, h.place)
	h.ok(err)
	if m.Label != label || m.Role != Heir {
		h.t.Errorf("admitted %+v", m)
	}
	h.meet()
	n.meet()
	n.is(Heir)
	return n
}

// is tells whether the house has the role, and the keys of the newest epoch, as the
// owner has them.
func (h *house) is(role Role) {
	h.t.Helper()
	st := h.status()
	if got := st.Role.String(); st.Role == 0 && role != "" || st.Role != 0 && got != string(role) {
		h.t.Errorf("it is %q, must be %q", got, role)
	}
}

// agrees tells whether houses hold the same charter and key.
func (h *house) agrees(others ...*house) {
	h.t.Helper()
	want, charter := h.status(), h.charter()
	for _, o := range others {
		st := o.status()
		if o.charter().Digest() != charter.Digest() || st.Epochs[charter.Epoch] == "" || st.Epochs[charter.Epoch] != want.Epochs[charter.Epoch] {
			h.t.Errorf("%s does not hold what %s holds", st.Label, want.Label)
		}
	}
}

func (h *house) labels() (list []string) {
	h.t.Helper()
	members, err := h.g.Members(h.t.Context())
	h.ok(err)
	for _, m := range members {
		list = append(list, m.Label+" "+string(m.Role))
	}
	return list
}

func TestMembership(t *testing.T) {
	t.Parallel()
	for _, pq := range []bool{false, true} {
		w := newTown(t, pq)
		owner := w.found()
		owner.is(Owner)
		reader, writer, heir := owner.joins(Reader, "cam-1"), owner.joins(Writer, "bob"), owner.heir("eve")
		reader.meet()
		writer.meet()
		owner.agrees(reader, writer, heir)
		if got, want := strings.Join(owner.labels(), ", "), "ada owner, bob writer, cam-1 reader, eve heir"; got != want {
			t.Errorf("%s, must be %s", got, want)
		}
		if got, want := strings.Join(reader.labels(), ", "), "ada owner, bob writer, cam-1 reader, eve heir"; got != want {
			t.Errorf("%s, must be %s", got, want)
		}
		if heir.status().Inbox == "" || reader.status().Inbox != "" || writer.status().Inbox != "" {
			t.Error("the inbox is held by owner and heirs alone")
		}
		// Nothing to do changes nothing.
		before := owner.v.Status().Seq
		owner.meet()
		reader.meet()
		if owner.v.Status().Seq != before {
			t.Error("a sync with nothing to do makes a commit")
		}

		// Those who stay are given the new key, those who go are told.
		old := owner.charter()
		w.ok(owner.g.Remove(t.Context(), "cam-1", "bob"))
		owner.meet()
		for _, h := range []*house{reader, writer, heir} {
			h.meet()
		}
		owner.agrees(heir)
		reader.is("removed")
		writer.is("removed")
		now := owner.charter()
		if now.Epoch != old.Epoch+1 || now.Number != old.Number+1 || now.InboxRecipient != old.InboxRecipient {
			t.Errorf("epoch %d, charter %d", now.Epoch, now.Number)
		}
		if _, left := now.Left(writer.status().Self); !left {
			t.Error("the charter does not say that the writer left")
		}
		if reader.status().Epochs[now.Epoch] != "" || writer.status().Epochs[now.Epoch] != "" {
			t.Error("the removed have the new key")
		}
	}
}

// A request is answered once, whatever is killed and run again.
func TestJoinAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.found()
	code := owner.invite(Invitation{Public: true})
	h := w.house()
	g, check, err := Join(t.Context(), h.v, Request{Code: code, Label: "cam"}, w.place)
	w.ok(err)
	h.g = g
	for range 2 {
		again, c, err := Join(t.Context(), h.v, Request{Code: code, Label: "cam"}) // without a place
		w.ok(err)
		if again.id != g.id || c != check {
			t.Error("another request")
		}
		h.meet()
	}
	_, err = owner.g.Admit(t.Context(), Admission{Check: check, Label: "front-door"}, w.place)
	w.ok(err)
	_, err = owner.g.Admit(t.Context(), Admission{Check: check}, w.place)
	w.fails(err, vault.NotFound) // it was for one
	owner.meet()
	h.meet()
	h.is(Reader)
	if got := owner.labels(); !strings.Contains(strings.Join(got, ","), "front-door reader") {
		t.Error(got)
	}
	_, _, err = Join(t.Context(), h.v, Request{Code: code, Label: "cam"}, w.place)
	w.fails(err, vault.Exists)
}

func TestInviteIsCounted(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.found()
	code := owner.invite(Invitation{Uses: 2})
	var list []*house
	for range 3 {
		h, _ := w.asks(code, "cam")
		list = append(list, h)
	}
	owner.meet()
	in := 0
	for _, h := range list {
		h.meet()
		if h.status().Role == bundle.Reader {
			in++
		}
	}
	if in != 2 {
		t.Errorf("%d came by an invite for two", in)
	}
	if got := strings.Join(owner.labels(), ", "); got != "ada owner, cam reader, cam-2 reader" {
		t.Error(got)
	}
}

// An invite is timed by the owner's clock.
func TestInviteExpires(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.found()
	h, _ := w.asks(owner.invite(Invitation{TTL: time.Hour}), "cam")
	w.clock = w.clock.Add(time.Hour)
	owner.meet()
	h.meet()
	h.is("")
}

// Who is replaced goes when the new one comes, and not before.
func TestInviteReplaces(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.found()
	old := owner.joins(Writer, "bob")
	code := owner.invite(Invitation{Role: Writer, Replaces: "bob"})
	old.meet()
	old.is(Writer)
	h, _ := w.asks(code, "laptop")
	owner.meet()
	h.meet()
	old.meet()
	h.is(Writer)
	old.is("removed")
	if got := strings.Join(owner.labels(), ", "); got != "ada owner, bob writer" {
		t.Error(got)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.found()
	reader := owner.joins(Reader, "cam")
	writer := owner.joins(Writer, "bob")
	ctx := t.Context()
	_, err := reader.g.Invite(ctx, Invitation{Address: "x"})
	w.fails(err, vault.Denied)
	_, err = owner.g.Invite(ctx, Invitation{Role: Heir, Address: "x"})
	w.fails(err, vault.Denied)
	_, err = owner.g.Invite(ctx, Invitation{})
	w.fails(err, vault.InvalidValue)
	_, err = owner.g.Invite(ctx, Invitation{Address: "x", Label: "Cam"})
	w.fails(err, vault.InvalidName)
	_, err = owner.g.Invite(ctx, Invitation{Address: "x", Replaces: "nobody"})
	w.fails(err, vault.NotFound)
	_, err = owner.g.Invite(ctx, Invitation{Address: "x", Uses: -1})
	w.fails(err, vault.InvalidValue)
	w.fails(writer.g.Remove(ctx, "cam"), vault.Denied)
	w.fails(owner.g.Remove(ctx, "nobody"), vault.NotFound)
	w.fails(owner.g.Remove(ctx, "ada"), vault.Denied)
	w.fails(reader.g.Takeover(ctx, nil), vault.Denied)
	w.fails(owner.g.Takeover(ctx, nil), vault.Denied)
	w.fails(reader.g.Takeover(ctx, []byte("a b c")), vault.WrongKey)
	w.fails(reader.g.Takeover(ctx, []byte(townPhrase+" more")), vault.WrongKey)
	_, err = owner.g.Leave(ctx)
	w.fails(err, vault.Denied)
	_, err = owner.g.Admit(ctx, Admission{Check: "short"}, w.place)
	w.fails(err, vault.InvalidValue)
	_, err = owner.g.Admit(ctx, Admission{Check: "AAAA-AAAA-AAAA-AAAA"}, w.place)
	w.fails(err, vault.NotFound)
	_, err = owner.g.Admit(ctx, Admission{Check: "AAAA-AAAA-AAAA-AAAA"})
	w.fails(err, vault.Unreachable)
	_, _, err = Join(ctx, w.house().v, Request{Code: []byte("tacit1:x"), Label: "x"}, w.place)
	w.fails(err, vault.InvalidValue)
	_, _, err = Join(ctx, w.house().v, Request{Code: owner.invite(Invitation{}), Label: "x"})
	w.fails(err, vault.Unreachable)
	_, _, err = Join(ctx, w.house().v, Request{Code: owner.invite(Invitation{}), Label: "x"}, newTown(t, false).place)
	w.fails(err, vault.NotFound)
	_, err = Create(ctx, owner.v, NewGroup{Label: "cameras", Patterns: []string{"X"}, Member: "ada"})
	w.fails(err, vault.Exists)
	_, err = Create(ctx, owner.v, NewGroup{Label: "Other", Patterns: []string{"X"}, Member: "ada"})
	w.fails(err, vault.InvalidName)
	_, err = Create(ctx, owner.v, NewGroup{Label: "other", Patterns: []string{"X?"}, Member: "ada"})
	w.fails(err, vault.InvalidName)
	_, err = Create(ctx, owner.v, NewGroup{Label: "other", Member: "ada"})
	w.fails(err, vault.InvalidValue)
	_, err = Create(ctx, owner.v, NewGroup{Label: "other", Patterns: []string{"X"}, Member: "ada", Recovery: []byte("two words")})
	w.fails(err, vault.InvalidValue)
}

// One secret belongs to one group, unless this vault alone writes both.
func TestSharedName(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.found()
	_, err := owner.v.Set(t.Context(), "CAM_KEY", vault.Text("x"))
	w.ok(err)
	_, err = Create(t.Context(), owner.v, NewGroup{Label: "other", Patterns: []string{"*_KEY"}, Member: "ada"})
	w.ok(err)
	owner.joins(Writer, "bob")
	_, err = Create(t.Context(), owner.v, NewGroup{Label: "third", Patterns: []string{"*_KEY"}, Member: "ada"})
	w.fails(err, vault.Exists)
	var se *vault.SecretError
	if !errors.As(err, &se) || se.Key != "CAM_KEY" {
		t.Errorf("%v does not name the secret", err)
	}
}

// An heir goes on by the list that the owner left: readers stay members.
func TestTakeover(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]struct {
		phrase []byte
		who    Role
	}{
		"an heir": {nil, Heir}, "a reader with the phrase": {[]byte(townPhrase), Reader}, "a writer with the phrase": {[]byte(townPhrase), Writer},
	} {
		w := newTown(t, false)
		owner := w.found()
		reader, gone := owner.joins(Reader, "cam"), owner.joins(Reader, "gone")
		members := map[Role]*house{Heir: owner.heir("eve"), Writer: owner.joins(Writer, "bob"), Reader: owner.joins(Reader, "rea")}
		w.ok(owner.g.Remove(t.Context(), "gone"))
		owner.checkpointed()
		owner.meet()
		for _, m := range members {
			m.meet()
		}
		next := members[by.who]
		w.ok(next.g.Takeover(t.Context(), by.phrase))
		next.meet()
		next.is(Owner)
		for role, m := range members {
			m.meet()
			if m != next {
				m.is(role)
			}
			next.agrees(m)
		}
		reader.meet()
		next.agrees(reader)
		owner.meet()
		gone.meet()
		owner.is("removed")
		gone.is("removed")
		if got := strings.Join(next.labels(), ", "); strings.Contains(got, "gone") || strings.Contains(got, "ada") || !strings.Contains(got, "cam reader") {
			t.Errorf("%s: %s", name, got)
		}
		// It is the owner in all that follows.
		later := next.joins(Reader, "later")
		next.agrees(later)
	}
}

// checkpointed pretends that a checkpoint was made.
func (h *house) checkpointed() {
	h.t.Helper()
	h.ok(h.g.change(h.t.Context(), "sync", func(s *standing) error {
		s.st.Checkpoint++
		s.st.Due = false
		return nil
	}))
}

// A member gets new keys, and whoever has the old ones is left behind.
func TestRenew(t *testing.T) {
	t.Parallel()
	for _, who := range []Role{Owner, Writer, Reader, Heir} {
		w := newTown(t, false)
		owner := w.found()
		m := owner
		switch who {
		case Writer, Reader:
			m = owner.joins(who, "bob")
		case Heir:
			m = owner.heir("bob")
		}
		other := owner.joins(Reader, "cam")
		m.meet()
		before, epoch := m.status(), owner.charter().Epoch
		w.ok(m.g.Renew(t.Context()))
		for range 2 {
			m.meet()
			owner.meet()
		}
		m.meet()
		other.meet()
		after := m.status()
		m.is(who)
		owner.agrees(m, other)
		if after.Self == before.Self || after.Identity == before.Identity || bytes.Equal(after.Seed, before.Seed) || after.Label != before.Label {
			t.Errorf("%s: the keys are the old ones", who)
		}
		if owner.charter().Epoch <= epoch {
			t.Errorf("%s: no new epoch", who)
		}
		if who != Reader {
			if _, left := owner.charter().Left(before.Self); !left {
				t.Errorf("%s: the old member has not left", who)
			}
		}
	}
}

func TestLeave(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.found()
	reader := owner.joins(Reader, "cam")
	_, err := reader.g.Leave(t.Context())
	w.ok(err)
	_, err = readState(t.Context(), reader.v, reader.g.id)
	w.fails(err, vault.NotMember)
	names, err := vault.GroupRecords(t.Context(), reader.v)
	if err != nil || len(names) != 0 {
		t.Errorf("%v stay: %v", names, err)
	}
	w.ok(owner.g.Remove(t.Context(), "cam"))
	_, err = owner.g.Leave(t.Context())
	w.ok(err)
}

func TestChangeSettings(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	owner := w.found()
	reader := owner.joins(Reader, "cam")
	yes := true
	w.ok(owner.g.Change(t.Context(), Settings{Patterns: []string{"B", "A*"}, Beat: time.Hour, Receipts: &yes}))
	w.ok(owner.g.Change(t.Context(), Settings{}))
	owner.meet()
	reader.meet()
	c := reader.charter()
	if c.Beat != 3600 || !c.Receipts || strings.Join(c.Patterns, " ") != "A* B" || c.Number != 2 {
		t.Errorf("%+v", c)
	}
	w.fails(reader.g.Change(t.Context(), Settings{Beat: time.Hour}), vault.Denied)
	w.fails(owner.g.Change(t.Context(), Settings{Beat: time.Second}), vault.InvalidValue)
	w.fails(owner.g.Change(t.Context(), Settings{Patterns: []string{"é"}}), vault.InvalidName)
}

var _ = crypto.X25519
