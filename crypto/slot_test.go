package crypto

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

const testLogN = 5 // scrypt in a few milliseconds

func newPassphrase(t testing.TB, phrase string) *Passphrase {
	t.Helper()
	p, err := NewPassphrase([]byte(phrase), WithWorkFactor(testLogN))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// newFile draws identities and returns them as an identity file.
func newFile(t testing.TB, suites ...Suite) *IdentityFile {
	t.Helper()
	text := "# created: 2026-01-01T00:00:00Z\n\n"
	for _, s := range suites {
		i, err := NewIdentity(s)
		if err != nil {
			t.Fatal(err)
		}
		text += i.Reveal() + "\n"
	}
	f, err := Identities("test", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newLock(t testing.TB, recipient string) Lock {
	t.Helper()
	l, err := Recipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// slotOf is the table entry of a slot file.
func slotOf(l Lock, file []byte) Slot {
	return Slot{ID: 1, Label: "test", Kind: l.Kind(), Sum: Sum(file), Recipient: l.Public()}
}

func TestSlots(t *testing.T) {
	both := newFile(t, X25519, Hybrid)
	recipients := both.Recipients()
	other := newFile(t, X25519, Hybrid)
	phrase := newPassphrase(t, "correct horse")
	for _, suite := range suites {
		id, _ := newKeys(t, suite)
		for _, test := range []struct {
			name  string
			lock  Lock
			key   Key
			wrong []Key
		}{
			{"passphrase", phrase, newPassphrase(t, "correct horse"), []Key{newPassphrase(t, "Correct horse"), both}},
			{"x25519", newLock(t, recipients[0]), both, []Key{other, phrase}},
			{"hybrid", newLock(t, recipients[1]), both, []Key{other, phrase}},
		} {
			t.Run(string(suite)+"/"+test.name, func(t *testing.T) {
				file, err := MakeSlot(id, test.lock)
				if suite == Hybrid && !test.lock.PostQuantum() {
					if !errors.Is(err, ErrNotPostQuantum) {
						t.Fatalf("a classic slot in a hybrid vault: %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				s := slotOf(test.lock, file)
				got, err := OpenSlot(context.Background(), test.key, s, file)
				if err != nil {
					t.Fatal(err)
				}
				if !got.Equal(id) || got.Suite() != suite {
					t.Error("another identity came out")
				}
				for _, k := range test.wrong {
					if _, err := OpenSlot(context.Background(), k, s, file); !errors.Is(err, ErrWrongKey) {
						t.Errorf("with %s: %v", k.Name(), err)
					}
				}
				bad := bytes.Clone(file)
				bad[len(bad)-1] ^= 1
				if _, err := OpenSlot(context.Background(), test.key, s, bad); !errors.Is(err, ErrForged) {
					t.Errorf("changed, by the table: %v", err)
				}
				s.Sum = Sum(bad)
				if _, err := OpenSlot(context.Background(), test.key, s, bad); !errors.Is(err, ErrForged) {
					t.Errorf("changed, by age: %v", err)
				}
			})
		}
	}
}

// Recovery without tacit: age opens a slot into an identity file, and that opens
// a record.
func TestSlotsAreStockAge(t *testing.T) {
	id, k := newKeys(t, Hybrid)
	file, err := MakeSlot(id, newPassphrase(t, "correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	phrase, err := age.NewScryptIdentity("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := age.ParseIdentities(bytes.NewReader(ageOpen(t, file, phrase)))
	if err != nil {
		t.Fatal(err)
	}
	record, err := k.Seal(testHeader(5), []byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	if got := ageOpen(t, record, ids...); string(got) != "value" {
		t.Errorf("age gives %q", got)
	}
}

func TestOpenSlotCancelled(t *testing.T) {
	id, _ := newKeys(t, X25519)
	p := newPassphrase(t, "x")
	file, err := MakeSlot(id, p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := OpenSlot(ctx, p, slotOf(p, file), file); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A lock that misbehaves must not make a slot that nobody can open.
type badLock struct {
	Lock
	file []byte
}

func (b badLock) Wrap([]byte) ([]byte, error) { return b.file, nil }

func TestMakeSlotChecksTheFile(t *testing.T) {
	id, _ := newKeys(t, X25519)
	p := newPassphrase(t, "x")
	file, err := MakeSlot(id, p)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"empty":   {nil, ErrMalformed},
		"text":    {[]byte("hello\n"), ErrMalformed},
		"too big": {append(bytes.Clone(file), make([]byte, MaxSlotFile)...), ErrLimit},
	} {
		if _, err := MakeSlot(id, badLock{p, c.file}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSlotPlaintext(t *testing.T) {
	id, _ := newKeys(t, X25519)
	p := newPassphrase(t, "x")
	for name, text := range map[string]string{
		"no newline":   id.Reveal(),
		"two newlines": id.Reveal() + "\n\n",
		"CR":           id.Reveal() + "\r\n",
		"comment":      "# x\n" + id.Reveal() + "\n",
		"lower case":   strings.ToLower(id.Reveal()) + "\n",
		"empty":        "",
		"newline":      "\n",
	} {
		file, err := p.Wrap([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenSlot(context.Background(), p, slotOf(p, file), file); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The work factor is refused before any work is done: a test that did the work
// of log N 30 would not come back.
func TestWorkFactorIsCapped(t *testing.T) {
	id, _ := newKeys(t, X25519)
	low := newPassphrase(t, "x")
	file, err := MakeSlot(id, low)
	if err != nil {
		t.Fatal(err)
	}
	normal, err := NewPassphrase([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    *Passphrase
		logN string
		want error
	}{
		{normal, "5", ErrMalformed},
		{normal, "14", ErrMalformed},
		{normal, "21", ErrLimit},
		{normal, "22", ErrLimit},
		{low, "30", ErrLimit},
		{low, "99999999999999999999", ErrMalformed},
		{low, "4", ErrMalformed},
		{low, "05", ErrMalformed},
		{low, "+5", ErrMalformed},
		{low, "-5", ErrMalformed},
		{low, "x", ErrMalformed},
	} {
		bad := bytes.Replace(file, fmt.Appendf(nil, " %d\n", testLogN), []byte(" "+c.logN+"\n"), 1)
		if _, err := OpenSlot(context.Background(), c.p, slotOf(low, bad), bad); !errors.Is(err, c.want) {
			t.Errorf("log N %s, from %d: %v", c.logN, c.p.floor, err)
		}
	}
	for _, logN := range []int{-1, 0, 21, 31} {
		if _, err := NewPassphrase([]byte("x"), WithWorkFactor(logN)); !errors.Is(err, ErrLimit) {
			t.Errorf("WithWorkFactor(%d): %v", logN, err)
		}
	}
}

func TestStanzaFitsKind(t *testing.T) {
	id, _ := newKeys(t, X25519)
	f := newFile(t, X25519)
	p := newPassphrase(t, "x")
	sealed := func(l Lock) []byte {
		file, err := MakeSlot(id, l)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := sealed(newLock(t, f.Recipients()[0]))
	if _, err := OpenSlot(context.Background(), p, slotOf(p, file), file); !errors.Is(err, ErrMalformed) {
		t.Errorf("an X25519 stanza in a slot of kind passphrase: %v", err)
	}
	file = sealed(p)
	s := slotOf(p, file)
	s.Kind = KindAge
	if _, err := OpenSlot(context.Background(), f, s, file); !errors.Is(err, ErrMalformed) {
		t.Errorf("an scrypt stanza in a slot of kind age: %v", err)
	}
	s.Kind = "later"
	for _, k := range []Key{f, p} {
		if _, err := OpenSlot(context.Background(), k, s, file); !errors.Is(err, ErrWrongKey) {
			t.Errorf("a slot of a kind that %s does not know: %v", k.Name(), err)
		}
	}
}

// A slot whose header has very many stanzas is refused before a key sees it,
// within the size of a slot file and beyond.
func TestSlotOfManyStanzas(t *testing.T) {
	id, _ := newKeys(t, X25519)
	p := newPassphrase(t, "x")
	file, err := MakeSlot(id, p)
	if err != nil {
		t.Fatal(err)
	}
	intro, rest, ok := bytes.Cut(file, []byte("\n"))
	if !ok {
		t.Fatal("no age file")
	}
	for filler, want := range map[string]error{
		"-> x\n\n": ErrMalformed,
		"-> scrypt AAAAAAAAAAAAAAAAAAAAAA 18\n\n": ErrLimit,
	} {
		bad := slices.Concat(intro, []byte("\n"), bytes.Repeat([]byte(filler), 2000), rest)
		if fits := len(bad) <= MaxSlotFile; fits != (want == ErrMalformed) {
			t.Fatalf("%d bytes", len(bad))
		}
		if _, err := OpenSlot(context.Background(), p, slotOf(p, bad), bad); !errors.Is(err, want) {
			t.Errorf("2,000 stanzas in %d bytes: %v, want %v", len(bad), err, want)
		}
		if _, err := OpenSlotFile(bad, func(*age.Stanza) ([]byte, error) {
			t.Error("a stanza was tried")
			return nil, ErrWrongKey
		}); !errors.Is(err, want) {
			t.Errorf("2,000 stanzas in %d bytes: %v, want %v", len(bad), err, want)
		}
	}
}

func TestSlotOfTwoStanzas(t *testing.T) {
	id, _ := newKeys(t, X25519)
	f := newFile(t, X25519, X25519)
	var rs []age.Recipient
	for _, s := range f.Recipients() {
		r, err := age.ParseX25519Recipient(s)
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, rs...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(id.Reveal() + "\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l := newLock(t, f.Recipients()[0])
	if _, err := OpenSlot(context.Background(), f, slotOf(l, b.Bytes()), b.Bytes()); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

func TestPassphrase(t *testing.T) {
	for name, c := range map[string]struct {
		phrase string
		want   error
	}{
		"one byte":                   {"x", nil},
		"space":                      {" ", nil},
		"longest":                    {strings.Repeat("x", MaxPassphrase), nil},
		"too long":                   {strings.Repeat("x", MaxPassphrase+1), ErrLimit},
		"wide":                       {strings.Repeat("\U0001f511", MaxPassphrase), nil},
		"too wide":                   {strings.Repeat("\U0001f511", MaxPassphrase+1), ErrLimit},
		"composed":                   {strings.Repeat("\u00e9", MaxPassphrase), nil},
		"taken apart, it is as long": {strings.Repeat("e\u0301", MaxPassphrase), nil},
		"composed too long":          {strings.Repeat("\u00e9", MaxPassphrase+1), ErrLimit},
		"taken apart too long":       {strings.Repeat("e\u0301", MaxPassphrase+1), ErrLimit},
		"empty":                      {"", ErrMalformed},
		"NUL":                        {"a\x00b", ErrMalformed},
		"not UTF-8":                  {"a\xffb", ErrMalformed},
	} {
		if _, err := NewPassphrase([]byte(c.phrase)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	id, _ := newKeys(t, X25519)
	composed, decomposed := newPassphrase(t, "caf\u00e9"), newPassphrase(t, "cafe\u0301")
	file, err := MakeSlot(id, composed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSlot(context.Background(), decomposed, slotOf(composed, file), file); err != nil {
		t.Errorf("the same phrase, typed on another system: %v", err)
	}
	composed.Wipe()
	if _, err := MakeSlot(id, composed); !errors.Is(err, ErrWiped) {
		t.Errorf("a wiped passphrase: %v", err)
	}
	id.Wipe()
	if _, err := MakeSlot(id, decomposed); !errors.Is(err, ErrWiped) {
		t.Errorf("a wiped identity: %v", err)
	}
	if _, err := id.Unlock(NewID()); !errors.Is(err, ErrWiped) {
		t.Errorf("a wiped identity: %v", err)
	}
}
