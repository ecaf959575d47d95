package group

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// A fleet is vaults in memory that are members of one group, whose charters and keys
// the test hands out.
type fleet struct {
	t       *testing.T
	now     time.Time
	nodes   []*node // the owner first
	charter *bundle.Charter
	epoch   *crypto.Identity
	memory  *transport.Memory
}

// A node is one member.
type node struct {
	f     *fleet
	v     *vault.Vault
	g     *Group
	id    bundle.MemberID
	label string
	role  bundle.Role
	key   *bundle.SigningKey
	own   *crypto.Identity

	dir, state string
	kept       *store.Memory
	open       crypto.Key
	fuse       *fuse
}

type kept struct{ *store.Memory }

func (kept) Close() error { return nil }

// newFleet makes a group of an owner, writers and readers, in step about nothing yet.
func newFleet(t *testing.T, writers, readers int) *fleet {
	t.Helper()
	f := &fleet{t: t, now: time.Unix(1_800_000_000, 0), memory: transport.NewMemory()}
	f.add("owner", bundle.Owner)
	for i := range writers {
		f.add(fmt.Sprintf("writer%d", i+1), bundle.Writer)
	}
	for i := range readers {
		f.add(fmt.Sprintf("reader%d", i+1), bundle.Reader)
	}
	f.epoch = newIdentity(t)
	f.charter = &bundle.Charter{
		Number: 1, Time: f.now.Unix(), Label: "team", Suite: crypto.X25519, Patterns: []string{"*"}, Epoch: 1, Beat: 86400,
	}
	f.sign(f.nodes[0])
	for _, n := range f.nodes {
		n.admit()
	}
	return f
}

func newIdentity(t *testing.T) *crypto.Identity {
	t.Helper()
	id, err := crypto.NewIdentity(crypto.X25519)
	must(t, err)
	return id
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// add makes a member's vault and keys.
func (f *fleet) add(label string, role bundle.Role) *node {
	f.t.Helper()
	root := f.t.TempDir()
	n := &node{
		f: f, id: bundle.NewMemberID(), label: label, role: role, key: bundle.NewSigningKey(), own: newIdentity(f.t),
		dir: filepath.Join(root, "vault"), state: filepath.Join(root, "state"), kept: store.NewMemory(),
	}
	_, key, lock := cryptotest.NewKey(f.t, false)
	n.open = key
	v, err := vault.Create(f.t.Context(), n.dir, vault.CreateOptions{
		State: n.state, Store: n.opener, Now: f.clock, Slots: []vault.NewSlot{{Label: "identity", Lock: lock}},
	})
	must(f.t, err)
	must(f.t, v.Close())
	n.reopen()
	f.nodes = append(f.nodes, n)
	return n
}

func (f *fleet) clock() time.Time { return f.now }

func (n *node) opener(context.Context, string, store.Options) (store.Store, error) {
	return fused{kept{n.kept}, n.fuse}, nil
}

func (n *node) reopen() {
	n.f.t.Helper()
	v, err := vault.Open(context.Background(), n.dir, vault.Options{
		Keys: []crypto.Key{n.open}, Write: true, State: n.state, Store: n.opener, Now: n.f.clock,
	})
	must(n.f.t, err)
	n.f.t.Cleanup(func() { v.Close() })
	n.v = v
	if n.g != nil {
		n.g.vault = v
	}
}

// sign makes the charter of the members that are not gone, signed by the owner.
func (f *fleet) sign(owner *node) {
	f.t.Helper()
	c := f.charter
	c.Owner = f.member(owner)
	c.Writers = nil
	for _, n := range f.nodes {
		if n.role == bundle.Writer {
			c.Writers = append(c.Writers, f.member(n))
		}
	}
	slices.SortFunc(c.Writers, func(a, b bundle.Member) int { return slices.Compare(a.ID[:], b.ID[:]) })
	recipient, err := f.epoch.Recipient()
	must(f.t, err)
	c.EpochRecipient, c.InboxRecipient = bundle.RecipientSum(recipient), bundle.RecipientSum(recipient)
	must(f.t, c.Sign(owner.id, owner.key))
}

func (f *fleet) member(n *node) bundle.Member {
	recipient, err := n.own.Recipient()
	must(f.t, err)
	return bundle.Member{ID: n.id, Label: n.label, Key: n.key.Public(), Recipient: recipient}
}

// admit hands a member the charter and the epoch's key.
func (n *node) admit() {
	n.f.t.Helper()
	id := n.f.charter.ID()
	n.g = &Group{vault: n.v, id: id}
	st := &state{Group: id, Self: n.id, Label: n.label, Seed: n.key.Reveal(), Identity: n.own.Reveal(), Epochs: map[uint64]string{}}
	if n.role == bundle.Owner {
		st.Scope = n.f.charter.Patterns
	}
	n.welcome(st)
}

// learn hands a member the newest charter and key, as a welcome would.
func (n *node) learn() {
	n.f.t.Helper()
	st, err := readState(n.f.t.Context(), n.v, n.g.id)
	must(n.f.t, err)
	n.welcome(st)
}

func (n *node) welcome(st *state) {
	st.Role = n.role
	st.Charters = append(st.Charters, n.f.charter.Marshal())
	st.Epochs[n.f.charter.Epoch] = n.f.epoch.Reveal()
	n.save(st)
}

func (n *node) save(st *state) {
	n.f.t.Helper()
	value, err := st.encode()
	must(n.f.t, err)
	must(n.f.t, n.v.Merge(n.f.t.Context(), "test", func(*vault.MergeView) (vault.Merge, error) {
		return vault.Merge{Own: map[string]vault.Value{stateName(st.Group): value}}, nil
	}))
}

func (n *node) read() *state {
	n.f.t.Helper()
	st, err := readState(n.f.t.Context(), n.v, n.g.id)
	must(n.f.t, err)
	return st
}

func (n *node) set(name, value string) {
	n.f.t.Helper()
	_, err := n.v.Set(n.f.t.Context(), name, vault.Text(value))
	must(n.f.t, err)
}

func (n *node) remove(name string) {
	n.f.t.Helper()
	_, err := n.v.Delete(n.f.t.Context(), name, vault.DeleteOptions{})
	must(n.f.t, err)
}

// place is the fleet's own.
func (f *fleet) place() Place { return Place{"memory", f.memory.Open()} }

// sync must succeed.
func (n *node) sync(places ...Place) Report {
	n.f.t.Helper()
	if len(places) == 0 {
		places = []Place{n.f.place()}
	}
	r, err := n.g.Sync(n.f.t.Context(), SyncOptions{}, places...)
	if err != nil {
		n.f.t.Fatalf("%s: %v", n.label, err)
	}
	for _, p := range r.Places {
		if p.Err != nil {
			n.f.t.Fatalf("%s at %s: %v", n.label, p.Address, p.Err)
		}
	}
	return r
}

// round has everybody sync, twice.
func (f *fleet) round() {
	f.t.Helper()
	for range 2 {
		for _, n := range f.nodes {
			n.sync()
		}
	}
}

// all is what a vault holds.
func (n *node) all() map[string]string {
	n.f.t.Helper()
	list, err := n.v.ReadAll(n.f.t.Context())
	must(n.f.t, err)
	all := map[string]string{}
	for _, s := range list {
		all[s.Name] = string(s.Value.Reveal())
	}
	return all
}

func (n *node) holds(want map[string]string) {
	n.f.t.Helper()
	if got := n.all(); !maps.Equal(got, want) {
		n.f.t.Errorf("%s holds %v, want %v", n.label, got, want)
	}
}

// same asks that everybody holds this, and knows the same of the group.
func (f *fleet) same(want map[string]string, except ...*node) {
	f.t.Helper()
	first := ""
	for _, n := range f.nodes {
		if slices.Contains(except, n) {
			continue
		}
		n.holds(want)
		known := n.known()
		if first == "" {
			first = known
		}
		if known != first {
			f.t.Errorf("%s knows\n%s\nthe owner\n%s", n.label, known, first)
		}
		r, err := n.v.Verify(f.t.Context(), vault.VerifyOptions{Full: true})
		if err != nil || len(r.Findings) > 0 {
			f.t.Errorf("%s: %v %v", n.label, r.Findings, err)
		}
	}
}

// known is what is applied, and the heads of all names.
func (n *node) known() (s string) {
	n.f.t.Helper()
	must(n.f.t, n.v.Merge(n.f.t.Context(), "test", func(w *vault.MergeView) (vault.Merge, error) {
		b := &book{view: w, id: n.g.id}
		rows := map[string]string{}
		err := b.all(func(name string, r row) error {
			if len(r.heads) > 0 {
				rows[name] = fmt.Sprint(r.heads)
			}
			return nil
		})
		j, _ := json.MarshalIndent(rows, "", " ")
		s = string(j) + fmt.Sprint(n.read().Seen)
		return vault.Merge{}, err
	}))
	return s
}

// conflicts are as "NAME why value".
func (n *node) conflicts() (list []string) {
	n.f.t.Helper()
	all, err := n.g.Conflicts(n.f.t.Context())
	must(n.f.t, err)
	for _, c := range all {
		list = append(list, fmt.Sprintf("%s %s %s", c.Name, c.Why, c.Value.Value.Reveal()))
	}
	return list
}

func (n *node) lists(want ...string) {
	n.f.t.Helper()
	if got := n.conflicts(); !slices.Equal(got, want) {
		n.f.t.Errorf("%s lists %q, want %q", n.label, got, want)
	}
}

func wantCode(t *testing.T, err error, code vault.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("got %v (%s), want %s", err, vault.CodeOf(err), code)
	}
}
