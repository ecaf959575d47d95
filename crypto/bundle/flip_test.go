package bundle_test

import (
	"errors"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// No byte of a bundle can be changed, and no byte cut off or added.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	c := newCast(t, crypto.X25519)
	check := func(s sample, data []byte) error {
		b, err := bundle.Parse(data)
		if err != nil {
			return err
		}
		return b.Verify(s.author.Key)
	}
	for _, s := range c.samples() {
		data := c.seal(t, s)
		if err := check(s, data); err != nil {
			t.Fatal(err)
		}
		for i := range data {
			data[i] ^= 1
			if err := check(s, data); classOf(err) == "" {
				t.Errorf("%s: byte %d: %v", s.name, i, err)
			}
			data[i] ^= 1
		}
		for n := range len(data) {
			if err := check(s, data[:n]); classOf(err) == "" {
				t.Errorf("%s: cut at %d: %v", s.name, n, err)
			}
		}
		if err := check(s, append(data, 0)); !errors.Is(err, crypto.ErrMalformed) {
			t.Errorf("%s: a byte more: %v", s.name, err)
		}
	}
}

// No byte of a charter can be changed.
func TestEveryByteOfACharterCounts(t *testing.T) {
	t.Parallel()
	for _, suite := range suites {
		c := newCast(t, suite)
		for _, ch := range []*bundle.Charter{c.genesis, c.newest} {
			data, step := ch.Marshal(), 1
			if suite == crypto.Hybrid {
				step = 17 // it is mostly recipients, which take long to parse
			}
			for i := 0; i < len(data); i += step {
				data[i] ^= 1
				got, err := bundle.ParseCharter(data)
				if err == nil {
					err = got.Verify(c.owner.Key)
				}
				if classOf(err) == "" {
					t.Errorf("%s, charter %d: byte %d: %v", suite, ch.Number, i, err)
				}
				data[i] ^= 1
			}
		}
	}
}

// A body belongs to one bundle: signed again as another's, or at another place, it
// is refused.
func TestBodyBelongsToItsBundle(t *testing.T) {
	t.Parallel()
	c := newCast(t, crypto.X25519)
	for _, s := range c.samples() {
		b, err := bundle.Parse(c.seal(t, s))
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*bundle.Head){
			"group":  func(h *bundle.Head) { h.Group[0] ^= 1 },
			"member": func(h *bundle.Head) { h.Member[0] ^= 1 },
			"number": func(h *bundle.Head) { h.Seq++; h.Prev = prevOf(h) },
			"kind": func(h *bundle.Head) {
				h.Kind = map[bundle.Kind]bundle.Kind{
					bundle.KindChanges: bundle.KindBeat, bundle.KindCheckpoint: bundle.KindBeat, bundle.KindBeat: bundle.KindCheckpoint,
					bundle.KindWelcome: bundle.KindJoin, bundle.KindJoin: bundle.KindReceipt, bundle.KindReceipt: bundle.KindMembers, bundle.KindMembers: bundle.KindWelcome,
				}[h.Kind]
				h.Prev = prevOf(h)
			},
		} {
			h := b.Head
			change(&h)
			again, err := bundle.Parse(bundle.SealBody(h, b.Body(), s.author.sign))
			if err != nil {
				t.Fatalf("%s, another %s: %v", s.name, name, err)
			}
			if got, err := again.Open(opener(t, s.to)); classOf(err) == "" || got != nil {
				t.Errorf("%s, another %s: %v", s.name, name, err)
			}
		}
	}
}

func prevOf(h *bundle.Head) crypto.Digest {
	if h.Kind == bundle.KindChanges && h.Seq > 1 {
		return crypto.Sum([]byte("before"))
	}
	return crypto.Digest{}
}

// classOf is the name of the sentinel that an error wraps, "" for none.
func classOf(err error) string {
	for _, c := range []struct {
		class error
		name  string
	}{
		{crypto.ErrMalformed, "malformed"},
		{crypto.ErrLimit, "limit"},
		{crypto.ErrNewer, "newer"},
		{crypto.ErrForged, "forged"},
		{crypto.ErrWrongKey, "wrong key"},
	} {
		if errors.Is(err, c.class) {
			return c.name
		}
	}
	return ""
}
