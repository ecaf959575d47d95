package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// fullHead is a head with something in every field.
func fullHead(k *Keys) *Head {
	return &Head{
		Vault: k.id, Format: Format, Suite: k.suite, Compatible: []string{"later", "more"},
		VaultFile: Sum([]byte("VAULT")), Pin: k.Pin(), Seq: 12, Time: 1_800_000_000,
		Root: Sum([]byte("root")), Names: 3, Gone: 1, Records: 9, NextSlot: 6,
		Slots: []Slot{
			{ID: 1, Label: "01-first", Kind: "passphrase", Created: 1_700_000_000, Sum: Sum([]byte("slot 1"))},
			{ID: 5, Label: "laptop", Kind: "age", Created: 0, Sum: Sum([]byte("slot 5")), Recipient: "age1example"},
		},
		Policy: map[string]uint64{PolicyMaxValue: 10_000, PolicyHistory: 10, "unheard-of": 0},
		Prev:   Point{11, Digest{11}}, Skip: Point{8, Digest{8}},
	}
}

// clone is deep.
func (h *Head) clone() *Head {
	c := *h
	c.Incompatible, c.Compatible, c.Slots = slices.Clone(h.Incompatible), slices.Clone(h.Compatible), slices.Clone(h.Slots)
	c.Policy = maps.Clone(h.Policy)
	return &c
}

func TestHeadRoundTrip(t *testing.T) {
	for _, suite := range suites {
		_, k := newKeys(t, suite)
		first := &Head{
			Vault: k.id, Format: Format, Suite: suite, Pin: k.Pin(), Seq: 1,
			NextSlot: 1, Slots: []Slot{}, Policy: map[string]uint64{},
		}
		for _, h := range []*Head{fullHead(k), first} {
			z, err := k.Sign(h)
			if err != nil {
				t.Fatal(err)
			}
			s, err := ParseHead(z)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(&s.Head, h) {
				t.Errorf("got %+v\nwant %+v", s.Head, h)
			}
			if s.Digest() != s.digest || s.Point() != (Point{h.Seq, h.Digest()}) {
				t.Error("the digest is not that of the bytes")
			}
			if err := k.CheckHead(s); err != nil {
				t.Error(err)
			}
			if err := s.CheckSig(k.Pin()); err != nil {
				t.Error(err)
			}
			if !slices.Equal(s.ReadOnlyFeatures(), h.Compatible) {
				t.Error(s.ReadOnlyFeatures())
			}
			e, err := parseLog(h.Seq, h.Log())
			if err != nil || pointDigest(e.body, e.prev, e.skip) != h.Digest() {
				t.Errorf("the log entry: %v", err)
			}
		}
	}
}

// TestHeadForged changes each byte of a head: none goes unnoticed.
func TestHeadForged(t *testing.T) {
	_, k := newKeys(t, X25519)
	z, err := k.Sign(fullHead(k))
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		z[i] ^= 1
		s, err := ParseHead(z)
		if err == nil {
			if err = k.CheckHead(s); !errors.Is(err, ErrForged) {
				t.Fatalf("byte %d: %v", i, err)
			}
			// The MAC is not for those without keys.
			if err := s.CheckSig(k.Pin()); !errors.Is(err, ErrForged) && !bytes.Contains(z, s.mac[:]) {
				t.Fatalf("byte %d, locked: %v", i, err)
			}
		}
		z[i] ^= 1
	}
	for n := range z {
		if _, err := ParseHead(z[:n]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := ParseHead(append(z, 0)); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

// TestHeadOfAnother: keys of another vault, and another identity of this one.
func TestHeadOfAnother(t *testing.T) {
	i, k := newKeys(t, X25519)
	z, err := k.Sign(fullHead(k))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseHead(z)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := i.Unlock(NewID())
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := newKeys(t, X25519)
	same, err := stranger.Unlock(k.id)
	if err != nil {
		t.Fatal(err)
	}
	for what, other := range map[string]*Keys{"another vault": elsewhere, "another identity": same} {
		if err := other.CheckHead(s); !errors.Is(err, ErrForged) {
			t.Errorf("%s: %v", what, err)
		}
		if err := s.CheckSig(other.Pin()); !errors.Is(err, ErrForged) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := other.Sign(&s.Head); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s signs it: %v", what, err)
		}
	}
	// A signature alone, by who has the signing key and not the identity.
	s.mac[0] ^= 1
	if err := k.CheckHead(s); !errors.Is(err, ErrForged) {
		t.Errorf("without a MAC: %v", err)
	}
	k.Wipe()
	if err := k.CheckHead(s); !errors.Is(err, ErrWiped) {
		t.Errorf("wiped: %v", err)
	}
	if _, err := k.Sign(fullHead(k)); !errors.Is(err, ErrWiped) {
		t.Errorf("wiped: %v", err)
	}
}

// signAnyway is Sign without the checks: what an attacker with the keys, or a
// newer version, could store.
func signAnyway(t testing.TB, k *Keys, h *Head, body []byte) []byte {
	t.Helper()
	digest := pointDigest(Sum(body), h.Prev, h.Skip)
	mac, err := k.headMAC(digest)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := k.signature(signed(digest))
	if err != nil {
		t.Fatal(err)
	}
	return Encode("tacit/1/z", body, h.Prev.bytes(), h.Skip.bytes(), []byte("mac"), mac, []byte("sig"), sig)
}

type badHead struct {
	name   string
	class  error
	change func(*Head)
}

// badHeads are what neither Sign nor ParseHead takes.
func badHeads() []badHead {
	slots := func(n int, kind string) func(*Head) {
		return func(h *Head) {
			h.Slots, h.NextSlot = nil, 100
			for i := range n {
				h.Slots = append(h.Slots, Slot{ID: uint32(i + 1), Label: fmt.Sprintf("s%d", i), Kind: kind})
			}
		}
	}
	label := func(s string) func(*Head) { return func(h *Head) { h.Slots[0].Label = s } }
	policy := func(name string, value uint64) func(*Head) { return func(h *Head) { h.Policy[name] = value } }
	return []badHead{
		{"format 0", ErrNewer, func(h *Head) { h.Format = 0 }},
		{"format 2", ErrNewer, func(h *Head) { h.Format = 2 }},
		{"an incompatible feature", ErrNewer, func(h *Head) { h.Incompatible = []string{"x"} }},
		{"a malformed feature", ErrMalformed, func(h *Head) { h.Incompatible = []string{"X"} }},
		{"an empty feature", ErrMalformed, func(h *Head) { h.Compatible = []string{""} }},
		{"a long feature", ErrMalformed, func(h *Head) { h.Compatible = []string{strings.Repeat("x", 41)} }},
		{"features not sorted", ErrMalformed, func(h *Head) { h.Compatible = []string{"b", "a"} }},
		{"a feature twice", ErrMalformed, func(h *Head) { h.Compatible = []string{"a", "a"} }},
		{"a suite that is none", ErrMalformed, func(h *Head) { h.Suite = "rot13" }},
		{"seq 0", ErrMalformed, func(h *Head) { h.Seq = 0 }},
		{"a seq too large", ErrMalformed, func(h *Head) { h.Seq = MaxCount + 1 }},
		{"a time before 1970", ErrMalformed, func(h *Head) { h.Time = -1 }},
		{"a time after 9999", ErrMalformed, func(h *Head) { h.Time = MaxUpdated + 1 }},
		{"fewer records than names", ErrMalformed, func(h *Head) { h.Records = 3 }},
		{"names beyond counting", ErrMalformed, func(h *Head) { h.Names, h.Gone = 1<<64-1, 2 }},
		{"no prev", ErrMalformed, func(h *Head) { h.Prev, h.Skip = Point{}, Point{} }},
		{"a first head with a prev", ErrMalformed, func(h *Head) { h.Seq = 1 }},
		{"no skip", ErrMalformed, func(h *Head) { h.Skip = Point{} }},
		{"a prev above it", ErrMalformed, func(h *Head) { h.Prev.Seq = 12 }},
		{"a skip above prev", ErrMalformed, func(h *Head) { h.Prev.Seq = 7 }},
		{"a skip that is not far enough", ErrMalformed, func(h *Head) { h.Skip.Seq = 9 }},
		{"a skip beside prev", ErrMalformed, func(h *Head) { h.Skip.Seq = 11 }},
		{"a point without a digest", ErrMalformed, func(h *Head) { h.Prev.Digest = Digest{} }},
		{"33 slots", ErrLimit, slots(33, "age")},
		{"5 passphrases", ErrLimit, slots(5, "passphrase")},
		{"slot 0", ErrMalformed, func(h *Head) { h.Slots[0].ID = 0 }},
		{"slots not sorted", ErrMalformed, func(h *Head) { h.Slots[0].ID = 5 }},
		{"a slot id to come", ErrMalformed, func(h *Head) { h.NextSlot = 5 }},
		{"next slot 0", ErrMalformed, func(h *Head) { h.NextSlot, h.Slots = 0, nil }},
		{"a label twice", ErrMalformed, label("laptop")},
		{"no label", ErrMalformed, label("")},
		{"a long label", ErrMalformed, label(strings.Repeat("x", 41))},
		{"a label with a slash", ErrMalformed, label("../x")},
		{"a label in upper case", ErrMalformed, label("X")},
		{"a slot kind that cannot be", ErrMalformed, func(h *Head) { h.Slots[0].Kind = "?" }},
		{"a slot of the past", ErrMalformed, func(h *Head) { h.Slots[0].Created = -1 }},
		{"a recipient with a newline", ErrMalformed, func(h *Head) { h.Slots[1].Recipient = "age1\nx" }},
		{"a long recipient", ErrLimit, func(h *Head) { h.Slots[1].Recipient = strings.Repeat("x", 4097) }},
		{"a critical policy", ErrNewer, policy("Quorum", 1)},
		{"a policy with a digit", ErrMalformed, policy("max2", 1)},
		{"a policy without a name", ErrMalformed, policy("", 1)},
		{"max-value 0", ErrLimit, policy(PolicyMaxValue, 0)},
		{"max-value too large", ErrLimit, policy(PolicyMaxValue, 1<<20+1)},
		{"history 0", ErrLimit, policy(PolicyHistory, 0)},
		{"history too long", ErrLimit, policy(PolicyHistory, 10_001)},
	}
}

func TestBadHeads(t *testing.T) {
	k := vectorKeysOf(t, X25519)
	for _, c := range badHeads() {
		h := fullHead(k).clone()
		c.change(h)
		if _, err := k.Sign(h); err == nil {
			t.Errorf("%s: signed", c.name)
		}
		_, err := ParseHead(signAnyway(t, k, h, h.body()))
		if !errors.Is(err, c.class) && !(errors.Is(c.class, ErrLimit) && errors.Is(err, ErrMalformed)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestHeadSpelling: of each head there is one encoding.
func TestHeadSpelling(t *testing.T) {
	k := vectorKeysOf(t, X25519)
	h := fullHead(k)
	good := h.body()
	fields := func() [][]byte {
		f, err := Decode("tacit/1/head", good, headFields)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	list := func(label string, items ...string) []byte { return EncodeList(label, items) }
	for what, c := range map[string]struct {
		at   int
		with []byte
	}{
		"a short id":               {0, make([]byte, 15)},
		"a short number":           {1, []byte{1}},
		"a list of another label":  {3, list("tacit/1/policy")},
		"a short digest":           {5, make([]byte, 31)},
		"next slot beyond 32 bits": {13, Number(1 << 32)},
		"slots of another label":   {14, list("tacit/1/slot")},
		"a slot that is none":      {14, Encode("tacit/1/slots", []byte("?"))},
		"a slot of 5 fields":       {14, Encode("tacit/1/slots", Encode("tacit/1/slot", Number(1), nil, nil, nil, nil))},
		"policies not sorted":      {15, list("tacit/1/policy", "max-value=1", "history=1")},
		"a policy twice":           {15, list("tacit/1/policy", "history=1", "history=1")},
		"a policy with a zero":     {15, list("tacit/1/policy", "history=01")},
		"a policy with a sign":     {15, list("tacit/1/policy", "history=+1")},
		"a policy of no value":     {15, list("tacit/1/policy", "history=")},
		"a policy without =":       {15, list("tacit/1/policy", "history")},
		"a policy of two values":   {15, list("tacit/1/policy", "history=1=1")},
	} {
		f := fields()
		f[c.at] = c.with
		if _, err := ParseHead(signAnyway(t, k, h, Encode("tacit/1/head", f...))); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, f := range map[string][][]byte{"a field less": fields()[:15], "a field more": append(fields(), nil), "no fields": nil} {
		if _, err := ParseHead(signAnyway(t, k, h, Encode("tacit/1/head", f...))); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A newer format may have more fields, and is still told to be one.
	newer := append(fields(), nil)
	newer[1] = Number(2)
	if _, err := ParseHead(signAnyway(t, k, h, Encode("tacit/1/head", newer...))); !errors.Is(err, ErrNewer) {
		t.Errorf("format 2 with another field: %v", err)
	}
}

// TestHeadAuthenticators: both, once, in order, and no other.
func TestHeadAuthenticators(t *testing.T) {
	k := vectorKeysOf(t, X25519)
	z, err := k.Sign(fullHead(k))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Decode("tacit/1/z", z, 7)
	if err != nil {
		t.Fatal(err)
	}
	head, mac, sig := f[:3:3], f[3:5:5], f[5:7:7]
	for what, f := range map[string][][]byte{
		"none":       head,
		"a MAC":      slices.Concat(head, mac),
		"a sig":      slices.Concat(head, sig),
		"swapped":    slices.Concat(head, sig, mac),
		"one more":   slices.Concat(head, mac, sig, [][]byte{[]byte("tpm"), {1}}),
		"MAC twice":  slices.Concat(head, mac, mac),
		"a long MAC": slices.Concat(head, [][]byte{mac[0], append(bytes.Clone(mac[1]), 0)}, sig),
		"a cut sig":  slices.Concat(head, mac, [][]byte{sig[0], sig[1][:63]}),
	} {
		if _, err := ParseHead(Encode("tacit/1/z", f...)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestHeadSize: the largest table of hybrid recipients fits, and no head that
// is larger than the limit is written or read.
func TestHeadSize(t *testing.T) {
	k := vectorKeysOf(t, Hybrid)
	h := fullHead(k)
	h.Slots, h.NextSlot = nil, 33
	for i := range MaxSlots {
		h.Slots = append(h.Slots, Slot{
			ID: uint32(i + 1), Label: fmt.Sprintf("%040d", i), Kind: "age", Created: 1,
			Recipient: strings.Repeat("x", 2000), // "age1pq1…" has 1,959
		})
	}
	z, err := k.Sign(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseHead(z); err != nil {
		t.Error(err)
	}
	for i := range h.Slots {
		h.Slots[i].Recipient = strings.Repeat("x", maxRecipient)
	}
	if _, err := k.Sign(h); !errors.Is(err, ErrLimit) {
		t.Errorf("%v", err)
	}
	if _, err := ParseHead(signAnyway(t, k, h, h.body())); !errors.Is(err, ErrLimit) {
		t.Errorf("%v", err)
	}
}
