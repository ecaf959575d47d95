package crypto

import (
	"errors"
	"testing"
)

func testLink(t testing.TB) (Link, *Keys) {
	t.Helper()
	k, next := vectorKeysOf(t, X25519), vectorKeysOf(t, Hybrid)
	l, err := k.SignLink(Link{Seq: 7, Prev: Sum([]byte("the head before")), New: next.Pin()})
	if err != nil {
		t.Fatal(err)
	}
	return l, k
}

func TestLink(t *testing.T) {
	l, k := testLink(t)
	if l.Vault != k.id || l.Old != k.Pin() {
		t.Error("the link is not of the keys that signed it")
	}
	if err := l.Check(); err != nil {
		t.Error(err)
	}
	got, err := ParseLink(l.Marshal())
	if err != nil || got != l {
		t.Errorf("%+v, %v", got, err)
	}
	for what, change := range map[string]func(*Link){
		"vault": func(l *Link) { l.Vault[0] ^= 1 },
		"seq":   func(l *Link) { l.Seq++ },
		"prev":  func(l *Link) { l.Prev[0] ^= 1 },
		"old":   func(l *Link) { l.Old = l.New },
		"new":   func(l *Link) { l.New = l.Old },
		"sig":   func(l *Link) { l.Sig[63] ^= 1 },
	} {
		bad := l
		change(&bad)
		if err := bad.Check(); !errors.Is(err, ErrForged) {
			t.Errorf("another %s: %v", what, err)
		}
	}
	k.Wipe()
	if _, err := k.SignLink(l); !errors.Is(err, ErrWiped) {
		t.Error(err)
	}
}

func TestParseLinkRefuses(t *testing.T) {
	l, _ := testLink(t)
	b := l.Marshal()
	for n := range b {
		if _, err := ParseLink(b[:n]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	for what, bad := range map[string][]byte{
		"one byte more":    append(b[:len(b):len(b)], 0),
		"what is signed":   l.signed(),
		"seq 0":            Link{}.Marshal(),
		"seq 1":            Link{Seq: 1}.Marshal(),
		"a seq too large":  Link{Seq: MaxCount + 1}.Marshal(),
		"a short new pin":  Encode("tacit/1/link", l.Vault[:], Number(7), l.Prev[:], l.Old[:], l.New[:31], l.Sig[:]),
		"a field too many": Encode("tacit/1/link", l.Vault[:], Number(7), l.Prev[:], l.Old[:], l.New[:], l.Sig[:], nil),
	} {
		if _, err := ParseLink(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	l, _ := testLink(f)
	seed(f, []Link{l, {Seq: 2}}, Link.Marshal)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ParseLink(b)
		if err != nil {
			if errorClass(err) == nil {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		if string(got.Marshal()) != string(b) {
			t.Error("two spellings of one link")
		}
		// A pin of small order, all zero for one, takes signatures that nobody
		// made; no honest machine remembers such a pin.
		if got != l && got.Old == l.Old && got.Check() == nil {
			t.Error("a link that nobody signed")
		}
	})
}
