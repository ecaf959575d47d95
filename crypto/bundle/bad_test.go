package bundle_test

import (
	"bytes"
	"slices"
	"testing"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// sealTo is an age file for as many identities as are given.
func sealTo(t *testing.T, plaintext []byte, to ...*crypto.Identity) []byte {
	t.Helper()
	var recipients []age.Recipient
	for _, i := range to {
		r, err := age.ParseX25519Recipient(recipient(t, i))
		if err != nil {
			t.Fatal(err)
		}
		recipients = append(recipients, r)
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, recipients...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plaintext); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// bad are bundles that only a member could make, and that no member may make.
func (c *cast) bad(t *testing.T) (list []badSample) {
	t.Helper()
	head := bundle.Head{Group: c.genesis.ID(), Kind: bundle.KindChanges, Member: c.writer.ID, Seq: 1, Charter: c.newest.Digest(), Epoch: 1}
	good := c.samples()[0].content.(*bundle.Changes)
	plain := func(change func(*bundle.Changes)) []byte {
		changed := *good
		changed.Items = slices.Clone(good.Items)
		change(&changed)
		return bundle.Plaintext(head, &changed)
	}
	add := func(name, want string, plaintext []byte) {
		list = append(list, badSample{name: name, want: want, head: head, padded: bundle.Pad(plaintext), to: []*crypto.Identity{c.epoch}})
	}
	withHead := func(name, want string, change func(*bundle.Head)) {
		h := head
		change(&h)
		list = append(list, badSample{name: name, want: want, head: h, padded: bundle.Pad(bundle.Plaintext(h, good)), to: []*crypto.Identity{c.epoch}})
	}
	fields := func(change func([][]byte) [][]byte) []byte {
		f, err := crypto.Decode("tacit/1/changes", bundle.Plaintext(head, good), 100)
		if err != nil {
			t.Fatal(err)
		}
		return crypto.Encode("tacit/1/changes", change(f)...)
	}
	item := func(n int, value []byte) []byte {
		return fields(func(f [][]byte) [][]byte {
			i, err := crypto.Decode("tacit/1/item", f[6], 100)
			if err != nil {
				t.Fatal(err)
			}
			i[n] = value
			f[6] = crypto.Encode("tacit/1/item", i...)
			return f
		})
	}

	withHead("kind 0", "newer", func(h *bundle.Head) { h.Kind = 0 })
	withHead("kind 8", "newer", func(h *bundle.Head) { h.Kind = 8 })
	withHead("number 0", "malformed", func(h *bundle.Head) { h.Seq = 0 })
	withHead("first that follows another", "malformed", func(h *bundle.Head) { h.Prev = crypto.Sum(nil) })
	withHead("second that follows nothing", "malformed", func(h *bundle.Head) { h.Seq = 2 })
	withHead("changes of no epoch", "malformed", func(h *bundle.Head) { h.Epoch = 0 })
	withHead("a receipt of an epoch", "malformed", func(h *bundle.Head) { h.Kind = bundle.KindReceipt })
	add("items unsorted", "malformed", plain(func(c *bundle.Changes) { slices.Reverse(c.Items) }))
	add("an item twice", "malformed", plain(func(c *bundle.Changes) { c.Items[1] = c.Items[0] }))
	add("a name of tacit's own", "malformed", plain(func(c *bundle.Changes) { c.Items[0].Name = ".g-cameras" }))
	add("version 0", "malformed", plain(func(c *bundle.Changes) { c.Items[0].Version = 0 }))
	add("an item of an unknown kind", "newer", item(2, crypto.Number(9)))
	add("an item of a kind of many bits", "newer", item(2, crypto.Number(257)))
	add("an unknown flag of an item", "newer", item(3, crypto.Number(4)))
	add("a critical attribute", "newer", plain(func(c *bundle.Changes) { c.Items[0].Attrs = []crypto.Attr{{Name: "Once", Value: "1"}} }))
	add("a purge with a value", "malformed", plain(func(c *bundle.Changes) { c.Items[0].Purge = true }))
	add("a deletion with a value", "malformed", plain(func(c *bundle.Changes) { c.Items[1].Value = []byte("x") }))
	add("dots unsorted", "malformed", plain(func(c *bundle.Changes) { c.Seen = bundle.Seen{c.Seen[1], c.Seen[0]} }))
	add("a dot at 0", "malformed", plain(func(c *bundle.Changes) { c.Seen = bundle.Seen{{Member: c.Seen[0].Member}} }))
	add("a field left out", "malformed", fields(func(f [][]byte) [][]byte { return f[:5] }))
	add("another label", "malformed", crypto.Encode("tacit/1/beat", []byte("x")))
	add("of another group", "forged", bundle.Plaintext(bundle.Head{Member: c.writer.ID, Seq: 1}, good))
	add("of another member", "forged", bundle.Plaintext(bundle.Head{Group: head.Group, Member: c.owner.ID, Seq: 1}, good))
	add("of another number", "forged", bundle.Plaintext(bundle.Head{Group: head.Group, Member: c.writer.ID, Seq: 2}, good))
	list = append(list,
		badSample{name: "no padding", want: "malformed", head: head, padded: bundle.Plaintext(head, good), to: []*crypto.Identity{c.epoch}},
		badSample{name: "more padding than needed", want: "malformed", head: head, padded: append(bundle.Pad(bundle.Plaintext(head, good)), make([]byte, 256)...), to: []*crypto.Identity{c.epoch}},
		badSample{name: "an empty body", want: "malformed", head: head, body: []byte{}},
		badSample{name: "two stanzas", want: "malformed", head: head, padded: bundle.Pad(bundle.Plaintext(head, good)), to: []*crypto.Identity{c.epoch, c.inbox}},
		badSample{name: "sealed to the inbox", want: "wrong key", head: head, padded: bundle.Pad(bundle.Plaintext(head, good)), to: []*crypto.Identity{c.inbox}},
	)
	return list
}
