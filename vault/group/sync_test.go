package group

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

func TestSyncBringsEverybodyTheSame(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 2)
	owner, writer := f.nodes[0], f.nodes[1]
	owner.set("A", "a1")
	owner.set("B", "b1")
	owner.set("JUNK", "x")
	owner.remove("JUNK")
	if r := owner.sync(); r.Sent != 2 || r.Pushed == 0 {
		t.Errorf("%+v", r)
	}
	f.round()
	f.same(map[string]string{"A": "a1", "B": "b1"})
	writer.set("A", "a2")
	writer.set("C", "c1")
	writer.remove("B")
	f.round()
	f.same(map[string]string{"A": "a2", "C": "c1"})
	for _, n := range f.nodes {
		n.lists()
	}
}

// A sync without news makes no commit.
func TestSyncOfNothingWritesNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	f.nodes[0].set("A", "a")
	f.round()
	f.round()
	for _, n := range f.nodes {
		before := n.v.Status().Seq
		n.sync()
		if now := n.v.Status().Seq; now != before {
			t.Errorf("%s made %d commits of nothing", n.label, now-before)
		}
	}
}

func TestConflictIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 1)
	owner, writer, other, reader := f.nodes[0], f.nodes[1], f.nodes[2], f.nodes[3]
	owner.set("A", "a")
	f.round()
	owner.set("A", "from the owner")
	writer.set("A", "from the writer")
	f.round()
	won := owner.all()["A"]
	lost := map[string]string{"from the owner": "from the writer", "from the writer": "from the owner"}[won]
	f.same(map[string]string{"A": won})
	for _, n := range f.nodes {
		n.lists("A concurrent " + lost)
	}
	// What is set meanwhile takes nothing off the list.
	other.set("A", "later")
	f.round()
	f.same(map[string]string{"A": "later"})
	reader.lists("A concurrent " + lost)
	owner.lists("A concurrent " + lost)
	names, err := other.g.Resolve(t.Context(), "A", Choice{})
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	f.round()
	f.same(map[string]string{"A": "later"})
	for _, n := range f.nodes {
		n.lists() // one has chosen for all
	}
	_, err = owner.g.Resolve(t.Context(), "A", Choice{Number: 1})
	wantCode(t, err, vault.NotFound)
}

// The same value twice is no conflict.
func TestSameValueIsNoConflict(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	f.nodes[0].set("A", "same")
	f.round()
	f.nodes[1].set("B", "b")
	f.nodes[0].set("A", "new")
	f.nodes[1].set("A", "new")
	f.round()
	f.same(map[string]string{"A": "new", "B": "b"})
	for _, n := range f.nodes {
		n.lists()
	}
}

func TestReaderKeepsItsOwnChange(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 0, 1)
	owner, reader := f.nodes[0], f.nodes[1]
	owner.set("A", "a")
	f.round()
	reader.set("A", "mine")
	reader.set("PRIVATE", "mine too")
	if r := reader.sync(); len(r.Kept) != 1 || r.Kept[0] != "A" {
		t.Errorf("%+v", r)
	}
	f.round()
	reader.holds(map[string]string{"A": "a", "PRIVATE": "mine too"})
	owner.holds(map[string]string{"A": "a"})
	reader.lists("A reader mine")
	if n, err := reader.g.Drop(t.Context(), "B"); err != nil || n != 0 {
		t.Error(n, err)
	}
	if n, err := reader.g.Drop(t.Context(), "A"); err != nil || n != 1 {
		t.Error(n, err)
	}
	reader.lists()
}

func TestWhatStoodBeforeStaysApart(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	owner, writer := f.nodes[0], f.nodes[1]
	writer.set("A", "stood")
	writer.set("MINE", "stood too")
	owner.set("A", "the group's")
	f.round()
	owner.holds(map[string]string{"A": "the group's"})
	writer.holds(map[string]string{"A": "stood", "MINE": "stood too"})
	writer.lists("A stood the group's")
	writer.set("MINE", "changed, and not sent")
	f.round()
	owner.holds(map[string]string{"A": "the group's"})
	if err := writer.g.Share(t.Context(), "MINE"); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.g.Resolve(t.Context(), "A", Choice{Number: 1}); err != nil {
		t.Fatal(err)
	}
	f.round()
	f.same(map[string]string{"A": "the group's", "MINE": "changed, and not sent"})
	writer.lists()
}

// A wait between two commits of one sync is enough for a program to set something: it
// has not seen what the second commit brings.
func TestSetAmidASync(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 0)
	owner, a, b := f.nodes[0], f.nodes[1], f.nodes[2]
	owner.set("A", "a")
	f.round()
	b.set("A", "from b")
	b.sync()
	meddler := &meddling{Transport: f.memory.Open(), at: transport.ChangesKey(a.g.id, b.id, 1), do: func() { a.set("A", "from a") }}
	a.sync(Place{"memory", meddler})
	if meddler.times == 0 {
		t.Fatal("nothing was set amid the sync")
	}
	f.round()
	won := owner.all()["A"]
	f.same(map[string]string{"A": won})
	for _, n := range f.nodes {
		if len(n.conflicts()) != 1 {
			t.Errorf("%s lists %q: one of the two was replaced unseen", n.label, n.conflicts())
		}
	}
}

// meddling does something before a key is first got.
type meddling struct {
	transport.Transport
	at    string
	do    func()
	times int
}

func (m *meddling) Get(ctx context.Context, key string) ([]byte, error) {
	if key == m.at {
		if m.times++; m.times == 1 {
			m.do()
		}
	}
	return m.Transport.Get(ctx, key)
}

// A stick takes a team's bundles to a device without a network, those too that their
// writer has long deleted.
func TestSecondPlaceIsServedByOthers(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	owner, b, device := f.nodes[0], f.nodes[1], f.nodes[2]
	net, stick := f.place(), Place{"stick", transport.NewMemory().Open()}
	owner.set("M", "m")
	owner.sync(net)
	b.sync(net)
	for _, value := range []string{"b1", "b2", "b3"} {
		b.set("N", value)
		b.sync(net)
	}
	owner.sync(net)
	owner.set("M", "m2")
	owner.sync(net)
	b.sync(net)
	b.set("N", "b-new")
	b.sync(net, stick)
	device.sync(stick)
	device.holds(map[string]string{"M": "m2", "N": "b-new"})
}

// A writer whose bundles are gone from the place is no reason to wait: the checkpoint
// bridges them.
func TestCheckpointBridgesWhatIsGone(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	owner, b, device := f.nodes[0], f.nodes[1], f.nodes[2]
	owner.sync()
	b.sync()
	for _, value := range []string{"b1", "b2", "b3"} {
		b.set("N", value)
		b.sync()
		owner.sync()
	}
	b.sync()
	if keys, err := f.memory.Open().List(t.Context(), transport.FeedPrefix(b.g.id, b.id), ""); err != nil || len(keys) > 1 {
		t.Errorf("%d bundles are left that a checkpoint covers, %v", len(keys), err)
	}
	device.sync()
	device.holds(map[string]string{"N": "b3"})
	f.round()
	f.same(map[string]string{"N": "b3"})
}

// A removed writer's changes count as far as the owner has applied them; who has applied
// more gives them up, and keeps the values on the list.
func TestRemovalGivesUpWhatDoesNotCount(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 1)
	owner, b, gone, reader := f.nodes[0], f.nodes[1], f.nodes[2], f.nodes[3]
	owner.set("A", "a")
	f.round()
	gone.set("A", "counts")
	f.round()
	gone.set("A", "does not count")
	gone.sync()
	reader.sync() // has more than the owner
	b.set("B", "b")
	b.sync()
	f.dismiss(gone)
	owner.sync()
	for range 2 {
		for _, n := range []*node{b, reader, owner} {
			n.learn()
			n.sync()
		}
	}
	f.same(map[string]string{"A": "counts", "B": "b"}, gone)
	reader.lists("A withdrawn does not count")
}

// dismiss removes a writer, as the owner, under a new epoch.
func (f *fleet) dismiss(n *node) {
	f.t.Helper()
	owner := f.nodes[0]
	_, err := owner.g.Sync(f.t.Context(), SyncOptions{}) // cuts what is set
	must(f.t, err)
	st := owner.read()
	end, _ := fromDots(st.Seen).Of(n.id)
	end.Member = n.id
	n.role = bundle.Removed
	c := *f.charter
	c.Group, c.Number, c.Prev, c.Epoch = f.charter.ID(), c.Number+1, f.charter.Digest(), c.Epoch+1
	c.Former = append(slices.Clone(c.Former), end)
	slices.SortFunc(c.Former, func(a, b bundle.Dot) int { return slices.Compare(a.Member[:], b.Member[:]) })
	f.charter, f.epoch = &c, newIdentity(f.t)
	f.sign(owner)
	st.Due = true
	owner.welcome(st)
}

// A vault that was put back to an older state sends nothing before it has what it wrote
// since; what was set in the older state is kept, and told.
func TestRestoredVaultAsksFirst(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	owner, b := f.nodes[0], f.nodes[1]
	owner.set("A", "a")
	f.round()
	b.set("A", "b1")
	b.set("C", "not yet sent when the backup was made")
	old := b.snapshot()
	b.sync()
	b.set("A", "b2")
	b.sync()
	f.round()
	b.restore(old)
	b.set("D", "set after the restore")
	if r, err := b.g.Sync(t.Context(), SyncOptions{}); err != nil || r.Sent != 0 {
		t.Errorf("a restored vault has sent: %+v, %v", r, err)
	}
	f.round()
	f.same(map[string]string{"A": "b2", "C": "not yet sent when the backup was made", "D": "set after the restore"})
	b.lists("A restored b1")
	owner.lists()
}

// snapshot is a vault's database as it is.
func (n *node) snapshot() map[string][]byte {
	n.f.t.Helper()
	all := map[string][]byte{}
	must(n.f.t, n.kept.View(func(r store.Reader) error {
		for key, err := range r.Keys(nil, nil) {
			if err != nil {
				return err
			}
			b, err := r.Get(key)
			if err != nil {
				return err
			}
			all[string(key)] = b
		}
		return nil
	}))
	return all
}

// restore puts the vault back, as restore does: with the user's word that it may be so.
func (n *node) restore(all map[string][]byte) {
	n.f.t.Helper()
	must(n.f.t, n.v.Close())
	n.kept = store.NewMemory()
	must(n.f.t, n.kept.Update(func(w store.Writer) error {
		for key, b := range all {
			if err := w.Put([]byte(key), b); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := vault.Trust(n.f.t.Context(), n.dir, vault.TrustOptions{AcceptRollback: true, Options: vault.Options{
		Keys: []crypto.Key{n.open}, State: n.state, Store: n.opener, Now: n.f.clock,
	}})
	must(n.f.t, err)
	n.reopen()
}

// Two vaults that write under the same keys are told, and neither writes over the other.
func TestClonedVaultIsTold(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	owner, b := f.nodes[0], f.nodes[1]
	owner.set("A", "a")
	f.round()
	// A clone with the state folder cloned too: the copy cannot know.
	clone := &node{f: f, id: b.id, label: "clone", role: b.role, key: b.key, own: b.own, dir: b.dir, state: b.state, open: b.open, g: &Group{id: b.g.id}}
	saved := b.snapshot()
	must(t, b.v.Close())
	state := t.TempDir()
	must(t, os.CopyFS(state, os.DirFS(b.state)))
	b.reopen()
	b.set("A", "from the original")
	b.sync()
	must(t, b.v.Close())
	must(t, os.RemoveAll(b.state))
	must(t, os.Rename(state, b.state))
	clone.kept = store.NewMemory()
	must(t, clone.kept.Update(func(w store.Writer) error {
		for key, v := range saved {
			if err := w.Put([]byte(key), v); err != nil {
				return err
			}
		}
		return nil
	}))
	clone.reopen()
	clone.set("A", "from the clone")
	_, err := clone.g.Sync(t.Context(), SyncOptions{}, f.place())
	wantCode(t, err, vault.Forked)
	owner.sync()
	owner.holds(map[string]string{"A": "from the original"})
}
