package anchor

import (
	"errors"
	"maps"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

// history is a chain of heads, and the log of it.
type history struct {
	t    *testing.T
	head crypto.Head
	log  map[uint64][]byte
	past map[uint64]crypto.Point
}

func newHistory(t *testing.T, id crypto.ID, pin crypto.Pin) *history {
	h := &history{t: t, log: map[uint64][]byte{}, past: map[uint64]crypto.Point{}}
	h.head = crypto.Head{Vault: id, Format: crypto.Format, Suite: crypto.X25519, Pin: pin, Seq: 1, NextSlot: 1}
	h.past[1] = h.head.Point()
	return h
}

func (h *history) get(seq uint64) ([]byte, error) { return h.log[seq], nil }

// commit makes the head of seq; what tells it from others of the seq.
func (h *history) commit(seq, what uint64) crypto.Point {
	h.t.Helper()
	skip, err := crypto.SkipFor(&h.head, seq, h.get)
	if err != nil {
		h.t.Fatal(err)
	}
	h.log[h.head.Seq] = h.head.Log()
	h.head.Prev, h.head.Skip = h.head.Point(), skip
	h.head.Seq, h.head.Records = seq, what
	h.past[seq] = h.head.Point()
	return h.past[seq]
}

// to commits up to seq.
func (h *history) to(seq, what uint64) *history {
	for h.head.Seq < seq {
		h.commit(h.head.Seq+1, what)
	}
	return h
}

// then commits seq.
func (h *history) then(seq, what uint64) *history {
	h.commit(seq, what)
	return h
}

// remember knows other points, too.
func (h *history) remember(past map[uint64]crypto.Point) *history {
	maps.Copy(h.past, past)
	return h
}

// trim forgets the log up to seq.
func (h *history) trim(seq uint64) *history {
	for s := range h.log {
		if s <= seq {
			delete(h.log, s)
		}
	}
	return h
}

var (
	testID, otherID   = crypto.ID{1}, crypto.ID{2}
	testPin, otherPin = crypto.Pin{1}, crypto.Pin{2}
)

func TestJudge(t *testing.T) {
	one := newHistory(t, testID, testPin).to(102, 1) // what the machine has seen parts of
	one = newHistory(t, testID, testPin).to(100, 1).remember(one.past)
	fork := newHistory(t, testID, testPin).to(50, 1)    // the same up to 50, then another
	fork.to(120, 2)                                     //
	trimmed := newHistory(t, testID, testPin).to(70, 1) // its log begins at 40
	trimmed.trim(39)
	trimmed.commit(crypto.LogWindow+40, 1)
	cut := newHistory(t, testID, testPin).to(70, 1) // its log should begin at 1
	cut.trim(39)
	behind := newHistory(t, testID, testPin).to(30, 1)
	leapt := newHistory(t, testID, testPin).to(60, 1) // rolled back to 60, accepted at 101
	leapt.commit(101, 3)
	strangerAt101 := newHistory(t, testID, otherPin).to(101, 1)
	stranger := newHistory(t, testID, otherPin).to(100, 1)
	other := newHistory(t, otherID, otherPin).to(5, 1)

	known := func(here, highest crypto.Point) Memory {
		return Memory{
			PathKnown: true, PathVault: testID, Known: true, Pin: testPin,
			Highest: highest, HereKnown: true, Here: here,
		}
	}
	at := func(p crypto.Point) Memory { return known(p, p) }
	elsewhere := func(highest crypto.Point) Memory { return Memory{Known: true, Pin: testPin, Highest: highest} }

	announced := func(m Memory, h *history) Memory {
		m.Announced = Announced{h.head.Vault, h.head.Pin, h.head.Point()}
		return m
	}

	for _, c := range []struct {
		name   string
		memory Memory
		now    *history
		want   Verdict
	}{
		{"announced", announced(at(one.past[90]), leapt), leapt, Restored},
		{"announced with another pin", announced(at(one.past[90]), strangerAt101), strangerAt101, Restored},
		{"another vault, announced", announced(Memory{PathKnown: true, PathVault: testID}, other), other, Restored},
		{"announced at a new path", announced(elsewhere(one.past[90]), leapt), leapt, Restored},
		{"announced, never seen", announced(Memory{}, other), other, Restored},
		{"another than announced, as remembered", announced(at(one.past[100]), leapt), one, Fine},
		{"another than announced, proven", announced(at(one.past[99]), leapt), one, Ahead},
		{"another than announced, of that seq", announced(at(one.past[90]), leapt), newHistory(t, testID, testPin).to(101, 9), Forked},
		{"what comes after the announced", announced(at(one.past[90]), leapt), newHistory(t, testID, testPin).to(60, 1).then(101, 3).to(102, 1), Forked},
		{"announced, and as high was seen since", announced(at(one.past[101]), leapt), leapt, Forked},
		{"announced, and higher was seen since", announced(at(one.past[102]), leapt), leapt, RolledBack},
		{"the same commit", at(one.past[100]), one, Fine},
		{"ahead by one", at(one.past[99]), one, Ahead},
		{"ahead by many", at(one.past[1]), one, Ahead},
		{"ahead, over a fork", at(one.past[99]), fork, Forked},
		{"same seq, another digest", at(fork.past[100]), one, Forked},
		{"ahead, over the log's end", at(one.past[20]), trimmed, Unproven},
		{"ahead, over a log that was cut", at(one.past[20]), cut, Forked},
		{"new path, over a log that was cut", elsewhere(one.past[20]), cut, PathUntrusted},
		{"ahead, at the log's end", at(one.past[41]), trimmed, Ahead},
		{"behind", at(one.past[100]), behind, RolledBack},
		{"behind, of a fork", at(fork.past[120]), one, RolledBack},
		{"a rollback that was accepted, seen before it", at(one.past[60]), leapt, Ahead},
		{"a rollback that was accepted, what it discarded was seen", at(one.past[90]), leapt, Forked},
		{"what was discarded comes back", at(leapt.past[101]), one, RolledBack},
		{"what was discarded comes back and goes on", at(leapt.past[101]), newHistory(t, testID, testPin).to(140, 1), Forked},
		{"behind at another path only", known(one.past[100], fork.past[120]), one, Fine},
		{"behind here, though this was the highest elsewhere", known(one.past[100], one.past[30]), behind, RolledBack},
		{"never seen", Memory{}, one, New},
		{"never seen, path known with this id", Memory{PathKnown: true, PathVault: testID}, one, New},
		{"another vault at this path", at(one.past[100]), other, Substituted},
		{"another vault at this path, itself known", Memory{
			PathKnown: true, PathVault: testID, Known: true, Pin: otherPin,
			Highest: other.past[5], HereKnown: true, Here: other.past[5],
		}, other, Substituted},
		{"another pin, same commit number", at(one.past[100]), stranger, Substituted},
		{"another pin, behind", at(one.past[100]), newHistory(t, testID, otherPin), Substituted},
		{"another pin, new path", elsewhere(one.past[100]), stranger, Substituted},
		{"new path, the highest", elsewhere(one.past[100]), one, NewPath},
		{"new path, ahead", elsewhere(one.past[10]), one, NewPath},
		{"new path, behind", elsewhere(one.past[100]), behind, PathUntrusted},
		{"new path, forked", elsewhere(one.past[99]), fork, PathUntrusted},
		{"new path, unproven", elsewhere(one.past[20]), trimmed, PathUntrusted},
	} {
		got, err := Judge(c.memory, &c.now.head, c.now.get)
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
		if found := got.Found(); (found != got) != (got == New) || got == New && found != Untrusted {
			t.Errorf("%s: found: %v", c.name, found)
		}
	}
}

func TestJudgeErrors(t *testing.T) {
	h := newHistory(t, testID, testPin).to(8, 1)
	m := Memory{Known: true, Pin: testPin, Highest: h.past[1], HereKnown: true, Here: h.past[1]}
	broken := errors.New("broken disk")
	if v, err := Judge(m, &h.head, func(uint64) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) || v != 0 {
		t.Errorf("a log that cannot be read: %v, %v", v, err)
	}
	if v, err := Judge(m, &h.head, func(uint64) ([]byte, error) { return []byte("?"), nil }); !errors.Is(err, crypto.ErrForged) || v != 0 {
		t.Errorf("a log that was changed: %v, %v", v, err)
	}
}

// newKeys are the keys of a new vault identity.
func newKeys(t *testing.T) *crypto.Keys {
	t.Helper()
	i, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		t.Fatal(err)
	}
	k, err := i.Unlock(testID)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// rotate commits a rotation and returns its link.
func (h *history) rotate(from, to *crypto.Keys) crypto.Link {
	h.t.Helper()
	l, err := from.SignLink(crypto.Link{Seq: h.head.Seq + 1, Prev: h.head.Digest(), New: to.Pin()})
	if err != nil {
		h.t.Fatal(err)
	}
	h.log[h.head.Seq] = h.head.Log()
	prev := h.head.Point()
	h.head.Pin, h.head.Seq, h.head.Prev, h.head.Skip = to.Pin(), l.Seq, prev, prev
	h.past[l.Seq] = h.head.Point()
	return l
}

func TestJudgeRotation(t *testing.T) {
	a, b, c := newKeys(t), newKeys(t), newKeys(t)
	h := newHistory(t, testID, a.Pin()).to(10, 1)
	first := h.rotate(a, b)
	h.to(20, 1)
	second := h.rotate(b, c)
	h.to(30, 1)
	both := []crypto.Link{first, second}
	// Someone who had the first key, after it was rotated away.
	thief, err := a.SignLink(crypto.Link{Seq: 25, Prev: h.past[24].Digest, New: c.Pin()})
	if err != nil {
		t.Fatal(err)
	}
	early, err := a.SignLink(crypto.Link{Seq: 9, Prev: h.past[8].Digest, New: c.Pin()})
	if err != nil {
		t.Fatal(err)
	}
	unsigned := first
	unsigned.Sig[0] ^= 1
	seen := func(seq uint64, pin crypto.Pin) Memory {
		return Memory{Known: true, Pin: pin, Highest: h.past[seq], HereKnown: true, Here: h.past[seq]}
	}
	moved := seen(5, a.Pin())
	moved.HereKnown, moved.Here = false, crypto.Point{}
	wrong := seen(5, a.Pin())
	wrong.Here.Digest[0] ^= 1
	for _, test := range []struct {
		name   string
		memory Memory
		links  []crypto.Link
		want   Verdict
	}{
		{"both", seen(5, a.Pin()), both, Ahead},
		{"just before the first", seen(10, a.Pin()), both, Ahead},
		{"between them", seen(15, b.Pin()), both, Ahead},
		{"just after the first", seen(11, b.Pin()), both, Ahead},
		{"after them", seen(25, c.Pin()), both, Ahead},
		{"now", seen(30, c.Pin()), both, Fine},
		{"new path", moved, both, NewPath},
		{"without links", seen(5, a.Pin()), nil, Substituted},
		{"without the first", seen(5, a.Pin()), []crypto.Link{second}, Substituted},
		{"without the second", seen(5, a.Pin()), []crypto.Link{first}, Substituted},
		{"in another order", seen(5, a.Pin()), []crypto.Link{second, first}, Substituted},
		{"twice", seen(5, a.Pin()), []crypto.Link{first, first, second}, Ahead},
		{"with a bad signature", seen(5, a.Pin()), []crypto.Link{unsigned, second}, Substituted},
		{"beside one by a key that was rotated away", seen(15, b.Pin()), []crypto.Link{first, second, thief}, Ahead},
		{"by a key that was rotated away", seen(15, b.Pin()), []crypto.Link{first, thief}, Substituted},
		{"below what was seen", seen(10, a.Pin()), []crypto.Link{early}, Substituted},
		{"from a commit that is not of this history", wrong, both, Substituted},
		{"and an old pin after them", seen(15, a.Pin()), both, Substituted},
	} {
		got, err := Judge(test.memory, &h.head, h.get, test.links...)
		if err != nil || got != test.want {
			t.Errorf("%s: %v, %v; want %v", test.name, got, err, test.want)
		}
	}
	h.trim(12)
	if got, err := Judge(seen(5, a.Pin()), &h.head, h.get, both...); err != nil || got != Forked {
		t.Errorf("over a log that was cut: %v, %v", got, err)
	}
	h.commit(crypto.LogWindow+12, 1)
	if got, err := Judge(seen(5, a.Pin()), &h.head, h.get, both...); err != nil || got != Unproven {
		t.Errorf("before the log: %v, %v", got, err)
	}
	// A link of this history to a head that is not.
	forged := newHistory(t, testID, b.Pin())
	forged.to(40, 7)
	if got, err := Judge(seen(5, a.Pin()), &forged.head, forged.get, first); err != nil || got != Substituted {
		t.Errorf("a link into another history: %v, %v", got, err)
	}
}

func TestParseExpect(t *testing.T) {
	pin := testPin.String()
	for s, want := range map[string]Expect{
		pin:                 {Pin: testPin},
		pin + ":1":          {Pin: testPin, Seq: 1},
		pin + ":9999999999": {Pin: testPin, Seq: 9_999_999_999},
	} {
		if got, err := ParseExpect(s); err != nil || got != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", ":", ":1", pin[1:], pin + "0", pin + ":", pin + ":0", pin + ":01", pin + ":+1", pin + ":-1",
		pin + ":10000000000", pin + ":1:2", pin + " ", "AB" + pin[2:],
	} {
		if _, err := ParseExpect(s); !errors.Is(err, crypto.ErrMalformed) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
