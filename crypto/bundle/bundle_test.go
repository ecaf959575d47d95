package bundle_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"reflect"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// fixed is n bytes that are the same in every run, and different for every name.
func fixed(name string, n int) []byte {
	var b []byte
	for i := byte(0); len(b) < n; i++ {
		sum := sha256.Sum256(append([]byte{i}, name...))
		b = append(b, sum[:]...)
	}
	return b[:n]
}

// party is a member with its secrets.
type party struct {
	bundle.Member
	sign     *bundle.SigningKey
	identity *crypto.Identity
}

func newParty(t testing.TB, label string, suite crypto.Suite) party {
	t.Helper()
	sign, err := bundle.ParseSigningKey(fixed("sign "+label, bundle.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	identity := fixedIdentity(t, label, suite)
	return party{bundle.Member{
		ID: bundle.MemberID(fixed("id "+label, 8)), Label: label, Key: sign.Public(), Recipient: recipient(t, identity),
	}, sign, identity}
}

func fixedIdentity(t testing.TB, name string, suite crypto.Suite) *crypto.Identity {
	t.Helper()
	i, err := crypto.IdentityOf(suite, fixed("identity "+name, 32))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func recipient(t testing.TB, i *crypto.Identity) string {
	t.Helper()
	r, err := i.Recipient()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func opener(t testing.TB, i *crypto.Identity) *crypto.Opener {
	t.Helper()
	o, err := i.Opener()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// cast is a group of everybody that the tests need.
type cast struct {
	owner, heir, writer, reader party
	epoch, inbox                *crypto.Identity
	recovery                    *bundle.RecoveryKeys
	genesis, newest             *bundle.Charter
}

const phrase = "abacus abdomen abdominal abide abiding ability ablaze able abnormal abrasion"

func newCast(t testing.TB, suite crypto.Suite) *cast {
	t.Helper()
	c := &cast{
		owner: newParty(t, "ada", suite), heir: newParty(t, "heir", suite),
		writer: newParty(t, "bob", suite), reader: newParty(t, "cam-017", suite),
		epoch: fixedIdentity(t, "epoch", suite), inbox: fixedIdentity(t, "inbox", suite),
	}
	var err error
	if c.recovery, err = bundle.DeriveRecovery([]byte(phrase), suite); err != nil {
		t.Fatal(err)
	}
	public, err := c.recovery.Public()
	if err != nil {
		t.Fatal(err)
	}
	c.genesis = &bundle.Charter{
		Number: 1, Time: 1767225600, Label: "cameras", Suite: suite, Patterns: []string{"CAM_*", "WIFI"},
		Owner: c.owner.Member, Recovery: public, Epoch: 1, Beat: 86400,
		EpochRecipient: bundle.RecipientSum(recipient(t, c.epoch)), InboxRecipient: bundle.RecipientSum(recipient(t, c.inbox)),
	}
	if err := c.genesis.Sign(c.owner.ID, c.owner.sign); err != nil {
		t.Fatal(err)
	}
	next := *c.genesis
	next.Group, next.Number, next.Prev = c.genesis.ID(), 2, c.genesis.Digest()
	next.Heirs, next.Writers, next.Receipts = []bundle.Member{c.heir.Member}, []bundle.Member{c.writer.Member}, true
	next.Former = []bundle.Dot{{Member: bundle.MemberID(fixed("gone", 8)), Seq: 3, Digest: crypto.Sum([]byte("gone"))}}
	if err := next.Sign(c.owner.ID, c.owner.sign); err != nil {
		t.Fatal(err)
	}
	c.newest = &next
	return c
}

// sample is a content of each kind, with who signs it and whom it is sealed to.
type sample struct {
	name    string
	content bundle.Content
	author  party
	to      *crypto.Identity
	seq     uint64
	epoch   uint64
}

func (c *cast) samples() []sample {
	seen := bundle.Seen{
		{Member: c.owner.ID, Seq: 9, Digest: crypto.Sum([]byte("nine"))},
		{Member: c.writer.ID, Seq: 4, Digest: crypto.Sum([]byte("four"))},
	}
	if bytes.Compare(seen[0].Member[:], seen[1].Member[:]) > 0 {
		seen[0], seen[1] = seen[1], seen[0]
	}
	items := []bundle.Item{
		{Name: "CAM_KEY", Version: 3, Kind: crypto.Text, Updated: 1767225600, Attrs: []crypto.Attr{{Name: "note", Value: "a b/€"}}, Value: []byte("hunter2")},
		{Name: "CAM_OLD", Version: 8, Kind: crypto.Gone, Purge: true, Updated: 1767225601, Value: []byte{}},
		{Name: "WIFI", Version: 1, Kind: crypto.JSON, Resolved: true, Updated: 1767225602, Value: []byte(`{"ssid":"x"}`)},
	}
	var heads []bundle.HeadItem
	for _, i := range items {
		heads = append(heads, bundle.HeadItem{Member: c.writer.ID, Seq: 2, Epoch: 1, Item: i})
	}
	join := &bundle.Join{Member: c.reader.Member, Time: 1767225600, Invite: bundle.InviteID(fixed("invite", 8))}
	join.Prove(bundle.Head{Group: c.genesis.ID(), Member: c.reader.ID, Seq: 1}, bundle.Secret(fixed("secret", 16)))
	listed := []bundle.Listed{{Member: c.owner.Member, Role: bundle.Owner}, {Member: c.reader.Member, Role: bundle.Reader, Invite: join.Invite}}
	if bytes.Compare(listed[0].ID[:], listed[1].ID[:]) > 0 {
		listed[0], listed[1] = listed[1], listed[0]
	}
	charters := []*bundle.Charter{c.genesis, c.newest}
	return []sample{
		{"changes", &bundle.Changes{Time: 1767225600, Seen: seen, Items: items}, c.writer, c.epoch, 5, 1},
		{"checkpoint", &bundle.CheckpointPart{Set: bundle.SetID(fixed("set", 16)), Part: 2, Parts: 3, Time: 1767225600, Seen: seen, Items: heads}, c.owner, c.epoch, 7, 1},
		{"beat", &bundle.Beat{Time: 1767225600, Seen: seen}, c.owner, c.epoch, 12, 1},
		{"welcome", &bundle.Welcome{Role: bundle.Reader, Epoch: c.epoch, Charters: charters}, c.owner, c.reader.identity, 2, 0},
		{"welcome of an heir", &bundle.Welcome{Role: bundle.Heir, Epoch: c.epoch, Inbox: c.inbox, Charters: charters}, c.owner, c.heir.identity, 2, 0},
		{"farewell", &bundle.Welcome{Role: bundle.Removed, Farewell: true, Charters: charters}, c.owner, c.reader.identity, 2, 0},
		{"join", join, c.reader, c.inbox, 1, 0},
		{"receipt", &bundle.Receipt{Time: 1767225600, Charter: 2, Seen: seen, Replica: crypto.Replica{1, 2, 3}, Version: "1.4.0"}, c.reader, c.inbox, 3, 0},
		{"members", &bundle.MemberList{Set: bundle.SetID(fixed("list", 16)), Part: 1, Parts: 1, Closed: []bundle.InviteID{join.Invite}, List: listed}, c.owner, c.inbox, 7, 0},
	}
}

func (c *cast) seal(t testing.TB, s sample) []byte {
	t.Helper()
	h := bundle.Head{Group: c.genesis.ID(), Member: s.author.ID, Seq: s.seq, Charter: c.newest.Digest(), Epoch: s.epoch}
	if s.content.Kind() == bundle.KindChanges {
		h.Prev = crypto.Sum([]byte("before"))
	}
	data, _, err := bundle.Seal(h, s.content, recipient(t, s.to), s.author.sign)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return data
}

var suites = []crypto.Suite{crypto.X25519, crypto.Hybrid}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	for _, suite := range suites {
		c := newCast(t, suite)
		for _, s := range c.samples() {
			data := c.seal(t, s)
			b, err := bundle.Parse(data)
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			if err := b.Verify(s.author.Key); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
			if err := b.Verify(newParty(t, "mallory", suite).Key); !errors.Is(err, crypto.ErrForged) {
				t.Errorf("%s, by another's key: %v", s.name, err)
			}
			got, err := b.Open(opener(t, s.to))
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			if !same(got, s.content) {
				t.Errorf("%s: got %+v, sealed %+v", s.name, got, s.content)
			}
			if _, err := b.Open(opener(t, fixedIdentity(t, "another", suite))); !errors.Is(err, crypto.ErrWrongKey) {
				t.Errorf("%s, with another identity: %v", s.name, err)
			}
		}
	}
}

// same compares contents; identities by what they are.
func same(a, b bundle.Content) bool {
	w, ok := a.(*bundle.Welcome)
	if !ok {
		return reflect.DeepEqual(a, b)
	}
	v := b.(*bundle.Welcome)
	equal := func(i, j *crypto.Identity) bool { return (i == nil) == (j == nil) && (i == nil || i.Equal(j)) }
	return w.Role == v.Role && w.Farewell == v.Farewell && equal(w.Epoch, v.Epoch) && equal(w.Inbox, v.Inbox) &&
		reflect.DeepEqual(w.Charters, v.Charters)
}
