package group

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// signer is a member that can sign charters.
type signer struct {
	bundle.Member
	key *bundle.SigningKey
}

func newSigner(t testing.TB, label string) signer {
	t.Helper()
	id, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		t.Fatal(err)
	}
	to, err := id.Recipient()
	if err != nil {
		t.Fatal(err)
	}
	key := bundle.NewSigningKey()
	return signer{bundle.Member{ID: bundle.NewMemberID(), Label: label, Key: key.Public(), Recipient: to}, key}
}

// A court is a group whose charters are signed and judged.
type court struct {
	t                  testing.TB
	owner, heir, heir2 signer
	stranger, writer   signer
	recovery           *bundle.RecoveryKeys
	genesis, second    *bundle.Charter
	recoveryPublic     *bundle.RecoveryPublic
}

const courtPhrase = "one two three four five six seven eight nine ten"

func newCourt(t testing.TB) *court {
	t.Helper()
	c := &court{
		t: t, owner: newSigner(t, "owner"), heir: newSigner(t, "heir"), heir2: newSigner(t, "heir2"),
		stranger: newSigner(t, "stranger"), writer: newSigner(t, "writer"),
	}
	if string(c.heir.ID[:]) > string(c.heir2.ID[:]) {
		c.heir, c.heir2 = c.heir2, c.heir
	}
	var err error
	if c.recovery, err = bundle.DeriveRecovery([]byte(courtPhrase), crypto.X25519); err != nil {
		t.Fatal(err)
	}
	if c.recoveryPublic, err = c.recovery.Public(); err != nil {
		t.Fatal(err)
	}
	c.genesis = &bundle.Charter{
		Number: 1, Label: "court", Suite: crypto.X25519, Patterns: []string{"*"}, Owner: c.owner.Member,
		Recovery: c.recoveryPublic, Epoch: 1, Beat: 86400, EpochRecipient: crypto.Sum([]byte("1")),
	}
	c.sign(c.genesis, c.owner)
	c.second = c.next(c.genesis, c.owner, func(n *bundle.Charter) {
		n.Heirs, n.Writers = []bundle.Member{c.heir.Member, c.heir2.Member}, []bundle.Member{c.writer.Member}
	})
	return c
}

func (c *court) sign(ch *bundle.Charter, by signer) {
	c.t.Helper()
	if err := ch.Sign(by.ID, by.key); err != nil {
		c.t.Fatal(err)
	}
}

// next is a charter that follows, as the signer signs it.
func (c *court) next(held *bundle.Charter, by signer, change func(*bundle.Charter)) *bundle.Charter {
	c.t.Helper()
	n := follow(held, 1767225600)
	if change != nil {
		change(n)
	}
	c.sign(n, by)
	return n
}

// takeover is one by an heir, or by whoever signs it.
func (c *court) takeover(held *bundle.Charter, by, to signer, change func(*bundle.Charter)) *bundle.Charter {
	return c.next(held, by, func(n *bundle.Charter) {
		n.Former = bundle.WithDot(n.Former, bundle.Dot{Member: held.Owner.ID})
		n.Owner = to.Member
		n.Heirs = slices.DeleteFunc(n.Heirs, func(m bundle.Member) bool { return m.ID == to.ID })
		n.Writers = slices.DeleteFunc(n.Writers, func(m bundle.Member) bool { return m.ID == to.ID })
		n.Epoch++
		n.EpochRecipient = crypto.Sum(to.ID[:])
		if change != nil {
			change(n)
		}
	})
}

func (c *court) byPhrase() signer {
	return signer{bundle.Member{ID: bundle.Recovery}, c.recovery.Sign}
}

func (c *court) lineage(list ...*bundle.Charter) lineage {
	c.t.Helper()
	l, err := begin(c.genesis, c.genesis.Digest())
	if err == nil {
		l, err = l.acceptAll(list)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return l
}

func TestCharterFollows(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	third := c.next(c.second, c.owner, nil)
	for name, x := range map[string]struct {
		next *bundle.Charter
		ok   bool
	}{
		"the owner's":                     {third, true},
		"the owner's, with a gap":         {c.next(third, c.owner, nil), true},
		"an heir's takeover":              {c.takeover(c.second, c.heir, c.heir, nil), true},
		"the phrase's takeover":           {c.takeover(c.second, c.byPhrase(), c.stranger, nil), true},
		"a handover by the owner":         {c.takeover(c.second, c.owner, c.writer, nil), true},
		"a stranger's":                    {c.next(c.second, c.stranger, nil), false},
		"a writer's":                      {c.next(c.second, c.writer, nil), false},
		"a writer's takeover":             {c.takeover(c.second, c.writer, c.writer, nil), false},
		"a stranger's takeover":           {c.takeover(c.second, c.stranger, c.stranger, nil), false},
		"an heir's for another":           {c.takeover(c.second, c.heir, c.stranger, nil), false},
		"an heir's that changes no owner": {c.next(c.second, c.heir, nil), false},
		"an heir's under another key": {c.takeover(c.second, c.heir, c.heir, func(n *bundle.Charter) {
			n.Owner.Key = c.stranger.Key
		}), false},
		"a takeover in the old epoch": {c.takeover(c.second, c.heir, c.heir, func(n *bundle.Charter) {
			n.Epoch, n.EpochRecipient = c.second.Epoch, c.second.EpochRecipient
		}), false},
		"another key for the epoch": {c.next(c.second, c.owner, func(n *bundle.Charter) { n.EpochRecipient = crypto.Sum([]byte("x")) }), false},
		"another group's":           {c.next(c.second, c.owner, func(n *bundle.Charter) { n.Group[0]++ }), false},
		"the owner's by a stranger": {c.next(c.second, signer{c.owner.Member, c.stranger.key}, nil), false},
	} {
		l, err := c.lineage(c.second).accept(x.next)
		if ok := err == nil && l.newest() == x.next; ok != x.ok {
			t.Errorf("%s: %v", name, err)
		} else if !ok && !errors.Is(err, errNoSuccessor) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Who has left never comes back: not by a charter that forgets it, and a charter that
// remembers it cannot name it.
func TestFormerIsKept(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	gone := c.next(c.second, c.owner, func(n *bundle.Charter) {
		n.Writers, n.Former = nil, []bundle.Dot{{Member: c.writer.ID}}
	})
	back := c.next(gone, c.owner, func(n *bundle.Charter) { n.Writers, n.Former = []bundle.Member{c.writer.Member}, nil })
	if _, err := c.lineage(c.second, gone).accept(back); !errors.Is(err, errNoSuccessor) {
		t.Error(err)
	}
	both := follow(gone, 1767225600)
	both.Writers = []bundle.Member{c.writer.Member}
	if err := both.Sign(c.owner.ID, c.owner.key); !errors.Is(err, crypto.ErrMalformed) {
		t.Error(err)
	}
}

// Of charters of one number, in whatever order they come, the owner's wins over an
// heir's, the phrase's over all, and the heir with the lower id over the other.
func TestRivals(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	owner := c.next(c.second, c.owner, nil)
	heir, heir2 := c.takeover(c.second, c.heir, c.heir, nil), c.takeover(c.second, c.heir2, c.heir2, nil)
	phrase := c.takeover(c.second, c.byPhrase(), c.stranger, nil)
	order := []*bundle.Charter{heir2, heir, owner, phrase} // from the weakest
	for i, a := range order {
		for j, b := range order {
			l, err := c.lineage(c.second, a).accept(b)
			if err != nil || l.newest() != order[max(i, j)] {
				t.Errorf("%d and then %d: %v", i, j, err)
			}
		}
	}
	// Once a later one is held, a rival of the one before changes nothing.
	later := c.next(heir, c.heir, nil)
	if l, err := c.lineage(c.second, heir, later).accept(owner); err != nil || l.newest() != later {
		t.Errorf("an old rival: %v", err)
	}
	if _, err := c.lineage(c.second, heir, later).accept(c.next(owner, c.owner, func(n *bundle.Charter) { n.Number = 9 })); !errors.Is(err, errNoSuccessor) {
		t.Errorf("the owner that was taken over: %v", err)
	}
	// The heir that lost may take over again, at a higher number.
	again := c.takeover(owner, c.heir, c.heir, nil)
	if l, err := c.lineage(c.second, heir, owner).accept(again); err != nil || l.newest() != again {
		t.Errorf("a second takeover: %v", err)
	}
}

func TestForkedCharter(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	a := c.next(c.second, c.owner, nil)
	b := c.next(c.second, c.owner, func(n *bundle.Charter) { n.Time++ })
	if _, err := c.lineage(c.second, a).accept(b); !errors.Is(err, errForkedCharter) {
		t.Error(err)
	}
	// What only looks like the owner's is no fork, or anybody could stop a group.
	forged := *b
	forged.Sig[0]++
	if _, err := c.lineage(c.second, a).accept(&forged); !errors.Is(err, errNoSuccessor) {
		t.Error(err)
	}
}

// What a member keeps of a long past proves the newest to a stranger, and is short.
func TestLineageProves(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	l := c.lineage(c.second)
	owner, owners := c.owner, 0
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		held := l.newest()
		var next *bundle.Charter
		if r.IntN(10) == 0 {
			to := newSigner(t, fmt.Sprintf("o%d", i))
			next = c.takeover(held, c.byPhrase(), to, nil)
			owner = to
			owners++
		} else {
			next = c.next(held, owner, nil)
		}
		var err error
		if l, err = l.accept(next); err != nil {
			t.Fatal(err)
		}
		stranger, err := begin(l[0], c.genesis.Digest())
		if err != nil {
			t.Fatal(err)
		}
		if stranger, err = stranger.acceptAll(l[1:]); err != nil || stranger.newest().Digest() != next.Digest() {
			t.Fatalf("charter %d is not proven: %v", next.Number, err)
		}
	}
	if most := 3 + 2*owners; len(l) > most {
		t.Errorf("%d charters are kept for %d owners", len(l), owners)
	}
	again, err := parseLineage(l.marshal())
	if err != nil || len(again) != len(l) || again.newest().Digest() != l.newest().Digest() {
		t.Error(err)
	}
}

// Members that hear of the same charters in any order come to the same one, as far as
// no takeover was contested twice.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	c := newCourt(t)
	owner := c.next(c.second, c.owner, nil)
	owner2 := c.next(owner, c.owner, nil)
	heir := c.takeover(c.second, c.heir, c.heir, nil)
	phrase := c.takeover(owner2, c.byPhrase(), c.stranger, nil)
	all := []*bundle.Charter{owner, owner2, heir, phrase}
	for seed := range uint64(200) {
		list := slices.Clone(all)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		l := c.lineage(c.second)
		for range 3 { // what cannot be judged yet is offered again
			for _, next := range list {
				if n, err := l.accept(next); err == nil {
					l = n
				} else if !errors.Is(err, errNoSuccessor) {
					t.Fatal(err)
				}
			}
		}
		if l.newest() != phrase {
			t.Fatalf("seed %d: charter %d by %s", seed, l.newest().Number, l.newest().Signer)
		}
	}
}
