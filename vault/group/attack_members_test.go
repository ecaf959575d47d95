package group

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// What somebody who carries bundles, or was a member, can try on the membership. Each
// attack is made in variants.

// A raid is a group under attack.
type raid struct {
	*town
	owner, reader, writer, heir, gone *house
	r                                 *rand.Rand
}

func newRaid(t *testing.T, variant int) *raid {
	t.Helper()
	w := newTown(t, false)
	a := &raid{town: w, owner: w.found(), r: rand.New(rand.NewPCG(uint64(variant), 7))}
	a.reader, a.writer, a.gone, a.heir = a.owner.joins(Reader, "cam"), a.owner.joins(Writer, "bob"), a.owner.joins(Writer, "mal"), a.owner.heir("eve")
	w.ok(a.owner.g.Remove(t.Context(), "mal"))
	for range variant % 3 {
		yes := a.r.IntN(2) == 0
		w.ok(a.owner.g.Change(t.Context(), Settings{Beat: 3600e9, Receipts: &yes}))
	}
	a.owner.meet()
	for _, h := range []*house{a.reader, a.writer, a.heir, a.gone} {
		h.meet()
	}
	return a
}

// keys are all keys of a kind at the place.
func (a *raid) keys(kind transport.Kind) []string {
	a.t.Helper()
	keys, err := a.place.Transport.List(a.t.Context(), transport.Prefix(kind, a.owner.g.id), "")
	a.ok(err)
	return keys
}

func (a *raid) get(key string) []byte {
	a.t.Helper()
	data, err := a.place.Transport.Get(a.t.Context(), key)
	a.ok(err)
	return data
}

func (a *raid) put(key string, data []byte) {
	a.t.Helper()
	old, err := a.place.Transport.Get(a.t.Context(), key)
	if err != nil {
		old = nil
	}
	a.ok(a.place.Transport.Put(a.t.Context(), key, data, old))
}

// unmoved tells whether a welcome changes nothing at a house.
func (a *raid) unmoved(what string, h *house, data []byte) {
	a.t.Helper()
	before, err := h.status().encode()
	a.ok(err)
	a.ok(h.take(data))
	after, err := h.status().encode()
	a.ok(err)
	if !bytes.Equal(before.Reveal(), after.Reveal()) {
		a.t.Errorf("%s: it was taken", what)
	}
}

func (h *house) signing() *bundle.SigningKey {
	h.t.Helper()
	key, err := h.status().signingKey()
	h.ok(err)
	return key
}

func (h *house) lineage() lineage {
	h.t.Helper()
	l, err := parseLineage(h.status().Charters)
	h.ok(err)
	return l
}

// recipient is that of a house's own identity.
func (h *house) recipient() string {
	h.t.Helper()
	m, err := memberOf(h.status().Self, "x", h.status().Seed, h.status().Identity)
	h.ok(err)
	return m.Recipient
}

// forged is a welcome for a house that another one signs as the owner of a charter.
func (a *raid) forged(by, to *house, l lineage, epoch, inbox *crypto.Identity, role bundle.Role) []byte {
	a.t.Helper()
	newest := l.newest()
	w := &bundle.Welcome{Role: role, Epoch: epoch, Inbox: inbox, Farewell: role == bundle.Removed, Charters: l}
	data, _, err := bundle.Seal(bundle.Head{
		Group: a.owner.g.id, Member: by.status().Self, Seq: newest.Number, Charter: newest.Digest(),
	}, w, to.recipient(), by.signing())
	a.ok(err)
	return data
}

// raids are attacks on the membership; each says what may not happen.
var raids = map[string]func(a *raid, variant int){
	"a removed writer charters": func(a *raid, _ int) {
		l, by := a.gone.lineage(), a.gone
		epoch, err := crypto.NewIdentity(crypto.X25519)
		a.ok(err)
		next := follow(l.newest(), 1)
		to, err := epoch.Recipient()
		a.ok(err)
		next.Epoch, next.EpochRecipient, next.InboxRecipient = next.Epoch+1, bundle.RecipientSum(to), bundle.RecipientSum(to)
		next.Number += uint64(a.r.IntN(1000))
		a.ok(next.Sign(a.owner.status().Self, by.signing()))
		for _, h := range []*house{a.reader, a.writer, a.heir} {
			a.unmoved("it", h, a.forged(by, h, append(l[:len(l):len(l)], next), epoch, nil, bundle.Reader))
		}
	},
	"a removed writer takes over": func(a *raid, _ int) {
		l, by := a.gone.lineage(), a.gone
		epoch, err := crypto.NewIdentity(crypto.X25519)
		a.ok(err)
		to, err := epoch.Recipient()
		a.ok(err)
		next := follow(l.newest(), 1)
		next.Epoch, next.EpochRecipient, next.InboxRecipient = next.Epoch+1, bundle.RecipientSum(to), bundle.RecipientSum(to)
		next.Owner.ID, next.Owner.Key = bundle.NewMemberID(), by.signing().Public()
		a.ok(next.Sign(bundle.MemberID{byte(a.r.IntN(2))}, by.signing()))
		a.unmoved("it", a.reader, a.forged(by, a.reader, append(l[:len(l):len(l)], next), epoch, nil, bundle.Reader))
	},
	"a writer bids farewell in the owner's name": func(a *raid, _ int) {
		l := a.writer.lineage()
		newest := l.newest()
		data, _, err := bundle.Seal(bundle.Head{
			Group: a.owner.g.id, Member: newest.Owner.ID, Seq: newest.Number, Charter: newest.Digest(),
		}, &bundle.Welcome{Role: bundle.Removed, Farewell: true, Charters: l}, a.reader.recipient(), a.writer.signing())
		a.ok(err)
		a.unmoved("it", a.reader, data)
	},
	"a writer bids farewell": func(a *raid, _ int) {
		a.unmoved("it", a.reader, a.forged(a.writer, a.reader, a.writer.lineage(), nil, nil, bundle.Removed))
	},
	"a writer makes a reader one": func(a *raid, _ int) {
		st := a.writer.status()
		epoch, err := crypto.ParseIdentity(st.Epochs[a.writer.charter().Epoch])
		a.ok(err)
		a.unmoved("it", a.reader, a.forged(a.writer, a.reader, a.writer.lineage(), epoch, nil, bundle.Writer))
	},
	"the owner's farewell for one who stands in the charter": func(a *raid, _ int) {
		a.unmoved("it", a.writer, a.forged(a.owner, a.writer, a.owner.lineage(), nil, nil, bundle.Removed))
	},
	"an old welcome": func(a *raid, n int) {
		key := transport.WelcomeKey(a.owner.g.id, a.reader.status().Self, a.owner.status().Self)
		old := a.get(key)
		yes := n%2 == 0
		a.ok(a.owner.g.Change(a.t.Context(), Settings{Receipts: &yes, Beat: 7200e9}))
		a.owner.meet()
		a.reader.meet()
		a.unmoved("it", a.reader, old)
	},
	"another's welcome": func(a *raid, _ int) {
		for _, key := range a.keys(transport.Welcome) {
			k, err := transport.Parse(key)
			a.ok(err)
			if k.Member != [8]byte(a.reader.status().Self) {
				a.unmoved(key, a.reader, a.get(key))
			}
		}
	},
	"another group's welcome": func(a *raid, _ int) {
		other := a.found()
		l := other.lineage()
		epoch, err := crypto.ParseIdentity(other.status().Epochs[1])
		a.ok(err)
		a.unmoved("it", a.reader, a.forged(other, a.reader, l, epoch, nil, bundle.Reader))
	},
	"a changed or cut welcome": func(a *raid, _ int) {
		data := a.get(transport.WelcomeKey(a.owner.g.id, a.heir.status().Self, a.owner.status().Self))
		for range 30 {
			bad := slices.Clone(data)
			if i := a.r.IntN(len(bad)); a.r.IntN(2) == 0 {
				bad[i] ^= 1 << a.r.IntN(8)
			} else {
				bad = bad[:i]
			}
			a.unmoved("it", a.heir, bad)
		}
	},
	"a carrier enrols a device of its own": func(a *raid, _ int) {
		code := a.owner.invite(Invitation{})
		in, err := bundle.ParseInvite(string(code))
		a.ok(err)
		in.Secret = [][]byte{nil, bundle.NewSecret()}[a.r.IntN(2)] // it has not seen the code
		guessed, err := in.Reveal()
		a.ok(err)
		thief, _ := a.asks([]byte(guessed), "thief")
		a.owner.meet()
		thief.meet()
		thief.is("")
	},
	"a request is altered": func(a *raid, _ int) {
		h := a.house()
		var err error
		h.g, _, err = Join(a.t.Context(), h.v, Request{Code: a.owner.invite(Invitation{}), Label: "new"}, a.place)
		a.ok(err)
		st := h.status()
		bad := slices.Clone(st.Request)
		bad[a.r.IntN(len(bad))] ^= 1 << a.r.IntN(8)
		a.put(transport.JoinKey(h.g.id, st.Invite, st.Self), bad)
		a.owner.meet()
		h.meet()
		h.is("")
	},
	"a request is put under another key": func(a *raid, _ int) {
		h, _ := a.asks(a.owner.invite(Invitation{}), "new")
		st := h.status()
		data := a.get(transport.JoinKey(h.g.id, st.Invite, st.Self))
		for range 5 {
			a.put(transport.JoinKey(h.g.id, st.Invite, bundle.NewMemberID()), data)
			a.put(transport.JoinKey(h.g.id, bundle.NewInviteID(), st.Self), data)
		}
		a.owner.meet()
		h.meet()
		h.is(Reader) // once, by its own key
		if n := len(a.owner.labels()); n != 5 {
			a.t.Errorf("%d members", n)
		}
	},
	"a used code is used again": func(a *raid, _ int) {
		code := a.owner.invite(Invitation{})
		first, _ := a.asks(code, "first")
		a.owner.meet()
		first.meet()
		first.is(Reader)
		thief, _ := a.asks(code, "thief")
		a.owner.meet()
		thief.meet()
		thief.is("")
	},
	"a removed member comes back by its fleet's code": func(a *raid, _ int) {
		code := a.owner.invite(Invitation{Uses: 100})
		h, _ := a.asks(code, "cam-9")
		a.owner.meet()
		h.meet()
		a.ok(a.owner.g.Remove(a.t.Context(), "cam-9"))
		a.owner.meet()
		again, _ := a.asks(code, "cam-10") // the invite that it came by is closed
		a.owner.meet()
		again.meet()
		again.is("")
	},
	"a removed member asks again with its old keys": func(a *raid, n int) {
		in, err := bundle.ParseInvite(string(a.owner.invite(Invitation{Uses: 9})))
		a.ok(err)
		st := a.gone.status()
		m, err := memberOf(st.Self, "new", st.Seed, st.Identity)
		a.ok(err)
		fresh, _ := a.asks(a.owner.invite(Invitation{Public: true}), "other")
		f, err := memberOf(fresh.status().Self, "x", fresh.status().Seed, fresh.status().Identity)
		a.ok(err)
		switch n % 3 { // one thing of its own is enough to be known by
		case 1:
			m.ID, m.Recipient = bundle.NewMemberID(), f.Recipient
		case 2:
			m.ID = bundle.NewMemberID()
		}
		a.enrol(in, m, a.gone.signing())
		if n := len(a.owner.labels()); n != 4 {
			a.t.Errorf("%d members", n)
		}
	},
	"a member asks in another's name": func(a *raid, _ int) {
		// The key in the request is the reader's; the thief knows it, and cannot sign.
		in, err := bundle.ParseInvite(string(a.owner.invite(Invitation{})))
		a.ok(err)
		m, err := memberOf(bundle.NewMemberID(), "new", a.reader.status().Seed, a.reader.status().Identity)
		a.ok(err)
		a.enrol(in, m, bundle.NewSigningKey())
		if n := len(a.owner.labels()); n != 4 {
			a.t.Errorf("%d members", n)
		}
	},
	"a member becomes another one without its signature": func(a *raid, _ int) {
		thief := a.house()
		key := bundle.NewSigningKey()
		id, err := crypto.NewIdentity(crypto.X25519)
		a.ok(err)
		to, err := id.Recipient()
		a.ok(err)
		m := bundle.Member{ID: bundle.NewMemberID(), Label: "bob", Key: key.Public(), Recipient: to}
		_ = thief
		for _, victim := range []*house{a.writer, a.owner, a.gone} {
			h := bundle.Head{Group: a.owner.g.id, Member: victim.status().Self, Seq: 1}
			signer := key
			if victim != a.writer {
				signer = victim.signing() // the owner and the removed cannot become another one this way
			}
			data, _, err := bundle.Seal(h, &bundle.Join{Member: m}, a.inbox(), signer)
			a.ok(err)
			a.put(transport.JoinKey(a.owner.g.id, bundle.InviteID{}, m.ID), data)
			a.owner.meet()
			if n := len(a.owner.labels()); n != 4 {
				a.t.Errorf("%d members", n)
			}
		}
		a.owner.is(Owner)
	},
	"a place offers another inbox": func(a *raid, _ int) {
		id, err := crypto.NewIdentity(crypto.X25519)
		a.ok(err)
		to, err := id.Recipient()
		a.ok(err)
		code := a.owner.invite(Invitation{})
		a.put(transport.InboxKey(a.owner.g.id), []byte(to))
		_, _, err = Join(a.t.Context(), a.house().v, Request{Code: code, Label: "x"}, a.place)
		a.fails(err, vault.Forged)
		a.owner.meet() // and it is put right
		a.asks(code, "x")
	},
	"a place answers a code with a group of its own": func(a *raid, _ int) {
		h, _ := a.asks(a.owner.invite(Invitation{}), "new")
		other := a.found()
		epoch, err := crypto.ParseIdentity(other.status().Epochs[1])
		a.ok(err)
		l := other.lineage()
		w := &bundle.Welcome{Role: bundle.Reader, Epoch: epoch, Charters: l}
		data, _, err := bundle.Seal(bundle.Head{
			Group: h.g.id, Member: other.status().Self, Seq: 1, Charter: l.newest().Digest(),
		}, w, h.recipient(), other.signing())
		a.ok(err)
		a.unmoved("it", h, data)
		h.is("")
	},
	"a place keeps a joiner at an old charter": func(a *raid, _ int) {
		// The code names the newest charter: an older state of the group is not taken.
		code := a.owner.invite(Invitation{})
		h, _ := a.asks(code, "new")
		l := a.owner.lineage()
		epoch, err := crypto.ParseIdentity(a.owner.status().Epochs[1])
		a.ok(err)
		a.unmoved("it", h, a.forged(a.owner, h, l[:1], epoch, nil, bundle.Reader))
	},
	"garbage everywhere": func(a *raid, _ int) {
		id := a.owner.g.id
		for range 5 {
			junk := make([]byte, 1+a.r.IntN(3000))
			for i := range junk {
				junk[i] = byte(a.r.Uint32())
			}
			a.put(transport.JoinKey(id, bundle.NewInviteID(), bundle.NewMemberID()), junk)
			a.put(transport.WelcomeKey(id, a.reader.status().Self, bundle.NewMemberID()), junk)
			a.put(transport.WelcomeKey(id, a.reader.status().Self, a.owner.status().Self), junk)
			a.put(transport.InboxKey(id), junk)
		}
		a.owner.meet()
		a.reader.meet()
		a.owner.agrees(a.reader)
		h := a.owner.joins(Reader, "late")
		a.owner.agrees(h)
	},
}

// inbox is the recipient of the group's inbox.
func (a *raid) inbox() string {
	a.t.Helper()
	id, err := crypto.ParseIdentity(a.owner.status().Inbox)
	a.ok(err)
	to, err := id.Recipient()
	a.ok(err)
	return to
}

// enrol leaves a request that knows the invite's secret, and lets the owner look.
func (a *raid) enrol(in *bundle.Invite, m bundle.Member, key *bundle.SigningKey) {
	a.t.Helper()
	h := bundle.Head{Group: in.Group(), Member: m.ID, Seq: 1, Charter: in.Charter}
	join := &bundle.Join{Member: m, Invite: in.ID}
	join.Prove(h, in.Secret)
	data, _, err := bundle.Seal(h, join, a.inbox(), key)
	a.ok(err)
	a.put(transport.JoinKey(in.Group(), in.ID, m.ID), data)
	a.owner.meet()
}

func TestAttackMembership(t *testing.T) {
	t.Parallel()
	for name, attack := range raids {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := range slice(attackVariants, 1) {
				t.Run(fmt.Sprint(n), func(t *testing.T) { attack(newRaid(t, n), n) })
			}
		})
	}
}
