package bundle_test

import (
	"bytes"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// seeds adds what the committed vectors have. A target without seeds would fuzz
// from nothing and find nothing, silently.
func seeds(f *testing.F, list ...[]byte) {
	f.Helper()
	if len(list) == 0 {
		f.Fatal("no seeds")
	}
	for _, b := range list {
		f.Add(b)
	}
}

func FuzzParse(f *testing.F) {
	kept := readVectors(f)
	c := newCast(f, crypto.X25519)
	known := map[crypto.Digest]bool{}
	for _, v := range kept.Bundles {
		seeds(f, v.Bundle)
		known[crypto.Sum(v.Bundle)] = true
	}
	for _, v := range kept.Bad {
		seeds(f, v.Bundle)
	}
	keys := []bundle.PublicKey{c.owner.Key, c.writer.Key, c.reader.Key}
	for _, v := range kept.Bad {
		known[crypto.Sum(v.Bundle)] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Parse(data)
		if h, herr := bundle.ParseHead(data); err == nil && (herr != nil || h != b.Head) {
			t.Errorf("the head alone reads differently: %v", herr)
		}
		if err != nil {
			if classOf(err) == "" {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		again := bundle.SealBody(b.Head, b.Body(), c.owner.sign)
		if n := len(data) - int(b.Size); !bytes.Equal(again[:n-64], data[:n-64]) {
			t.Error("two spellings of one head")
		}
		for _, k := range keys {
			if b.Verify(k) == nil && !known[crypto.Sum(data)] {
				t.Error("a bundle verifies that nobody signed")
			}
		}
	})
}

func FuzzContent(f *testing.F) {
	kept := readVectors(f)
	for _, v := range kept.Bundles {
		f.Add(byte(v.Kind), []byte(v.Plaintext))
	}
	if len(kept.Bundles) == 0 {
		f.Fatal("no seeds")
	}
	heads := map[byte]bundle.Head{}
	for _, v := range kept.Bundles {
		h, err := bundle.ParseHead(v.Bundle)
		if err != nil {
			f.Fatal(err)
		}
		heads[byte(v.Kind)] = h
	}
	f.Fuzz(func(t *testing.T, kind byte, plaintext []byte) {
		h, ok := heads[kind]
		if !ok {
			return
		}
		c, err := bundle.ParsePlaintext(h, bytes.Clone(plaintext))
		if err != nil {
			if classOf(err) == "" || c != nil {
				t.Errorf("%v, with %v", err, c)
			}
			return
		}
		if !bytes.Equal(bundle.Plaintext(h, c), plaintext) {
			t.Error("two spellings of one content")
		}
	})
}

func FuzzCharter(f *testing.F) {
	kept := readVectors(f)
	for _, v := range kept.Charters {
		seeds(f, v.Charter)
	}
	if len(kept.Charters) == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := bundle.ParseCharter(b)
		if err != nil {
			if classOf(err) == "" || c != nil {
				t.Errorf("%v, with %v", err, c)
			}
			return
		}
		if !bytes.Equal(c.Marshal(), b) {
			t.Error("two spellings of one charter")
		}
	})
}

func FuzzInvite(f *testing.F) {
	kept := readVectors(f)
	for _, v := range kept.Invites {
		seeds(f, []byte(v.Code))
	}
	if len(kept.Invites) == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		i, err := bundle.ParseInvite(string(b))
		if err != nil {
			if classOf(err) == "" {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		if code, err := i.Reveal(); err != nil || code != string(b) {
			t.Errorf("two spellings of one code: %v", err)
		}
	})
}

func FuzzCheck(f *testing.F) {
	seeds(f, []byte("ABCD-EFGH-IJKL-MNOP"), []byte("abcd efgh 0188 2345"), []byte(""))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := bundle.ParseCheck(string(b))
		if err != nil {
			if classOf(err) != "malformed" {
				t.Errorf("%v", err)
			}
			return
		}
		if again, err := bundle.ParseCheck(c.String()); err != nil || again != c {
			t.Errorf("%s: %v", c, err)
		}
	})
}

func FuzzUnpad(f *testing.F) {
	seeds(f, bundle.Pad(nil), bundle.Pad([]byte("x")), bundle.Pad(make([]byte, 5000)), nil, []byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		plaintext, err := bundle.Unpad(b)
		if err != nil {
			if classOf(err) != "malformed" {
				t.Errorf("%v", err)
			}
			return
		}
		if !bytes.Equal(bundle.Pad(plaintext), b) {
			t.Error("two ways to pad one plaintext")
		}
	})
}

func FuzzInbox(f *testing.F) {
	c := newCast(f, crypto.X25519)
	seeds(f, []byte(c.owner.Recipient), []byte("age1"), nil)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := bundle.ParseInbox(b, bundle.RecipientSum(string(b)))
		if err != nil {
			if classOf(err) == "" {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		if r != string(b) {
			t.Error("another recipient")
		}
		if _, err := bundle.ParseInbox(b, crypto.Digest{}); classOf(err) != "forged" {
			t.Errorf("%v", err)
		}
	})
}
