package vault

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/crypto"
)

// FuzzKeys: a key of the database is read as what it was made of, and as nothing
// else.
func FuzzKeys(f *testing.F) {
	for _, key := range [][]byte{
		recordKey("A", 1, 2), recordKey(".removed", 9_999_999_999, 1), logKey(65_536), linkKey(2), slotKey(4_294_967_295),
		[]byte("s/A/0000000001/+000000002"), []byte("s//0000000001/0000000002"), []byte("k/"), []byte("l/000000000x"), []byte("z"), []byte("0000000001"), nil,
	} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key []byte) {
		if name, version, seq, err := parseRecordKey(key); err == nil && !bytes.Equal(recordKey(name, version, seq), key) {
			t.Errorf("two spellings of the record key %q", key)
		}
		if seq, ok := parseLogKey(key); ok && !bytes.Equal(logKey(seq), key) {
			t.Errorf("two spellings of the log key %q", key)
		}
		if id, err := parseSlotKey(key); err == nil && !bytes.Equal(slotKey(id), key) {
			t.Errorf("two spellings of the slot key %q", key)
		}
	})
}

// FuzzCondition: what is read as a condition is written as it was, the empty text
// aside.
func FuzzCondition(f *testing.F) {
	for _, s := range []string{"", "always", "absent", "present", "version:0", "version:18446744073709551615", "version:01", "version:", "version:-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var c, again Condition
		if c.UnmarshalText([]byte(s)) != nil {
			return
		}
		text, err := c.MarshalText()
		if err != nil || again.UnmarshalText(text) != nil || again != c {
			t.Fatalf("%q becomes %q: %v", s, text, err)
		}
	})
}

// FuzzPrintable: what is said of a refused name is short, whole and harmless to a
// terminal; a name that is taken has only its alphabet.
func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"", "A", "a b", "\x1b[31m", "\u202eabc", "\xff\xfe", "é", "\u2066x\u2069", strings.Repeat("x", 101), "\u0085\u009b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := printable(s)
		if utf8.RuneCountInString(p) > 45 || !utf8.ValidString(p) || p == "" {
			t.Fatalf("%q becomes %q", s, p)
		}
		for _, r := range p {
			if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 {
				t.Fatalf("%q keeps %U", s, r)
			}
		}
		if CheckName("test", s) == nil && (strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" || len(s) > crypto.MaxName || s == "") {
			t.Fatalf("%q is a name", s)
		}
	})
}

// FuzzAttributes: of whatever attributes a record has, expiry and labels are of
// the form that tacit writes, nothing is lost, and written again they mean the same.
func FuzzAttributes(f *testing.F) {
	for _, s := range []string{
		"", "expires 1700000000", "expires 01", "expires +1", "expires -1", "expires 253402300799", "expires 253402300800", "expires ",
		"label0 env=prod\nlabel1 env=test", "label0 a=b\nlabel9 c=d\nlabel7 =\nlabel8 A=x", "label0 a=\u202e", "label0 a=\xff", "label0 a=b=c", "label10 a=b\nlabel a=b",
		"origin 4\nexpires 9\nlabel0 k=v\nother x", "label0 a=\x1b[2J", "label0 " + strings.Repeat("k", 33) + "=v", "label0 k=" + strings.Repeat("v", 65),
	} {
		f.Add(s, "key", "value")
	}
	f.Fuzz(func(t *testing.T, text, key, value string) {
		h := crypto.Header{Name: "A", Version: 1, Seq: 1, Kind: crypto.Text}
		for line := range strings.SplitSeq(text, "\n") {
			if name, value, ok := strings.Cut(line, " "); ok {
				h.Attrs = append(h.Attrs, crypto.Attr{Name: name, Value: value})
			}
		}
		slices.SortFunc(h.Attrs, func(a, b crypto.Attr) int { return strings.Compare(a.Name, b.Name) })
		if h.Validate() != nil {
			return // no record has them
		}
		a := readAttributes(h.Attrs)
		if CheckExpires("", "", a.expires) != nil {
			t.Fatalf("%q expires at %v", text, a.expires)
		}
		for key, value := range a.labels {
			if CheckLabel(key, value) != nil || value == "" {
				t.Fatalf("%q has the label %q=%q", text, key, value)
			}
		}
		if err := sameMeaning(a, len(h.Attrs)); err != "" {
			t.Fatalf("%q: %s", text, err)
		}
		// With one label more it is refused, or as good.
		a.labels = maps.Clone(a.labels)
		if a.change(Change{Labels: map[string]string{key: value}}) != nil {
			return
		}
		if a.labels[key] != value {
			t.Fatalf("%q: the label %q=%q is not there", text, key, value)
		}
		h.Attrs = a.attrs()
		if err := h.Validate(); err == nil {
			if err := sameMeaning(a, len(h.Attrs)); err != "" {
				t.Fatalf("%q with %q=%q: %s", text, key, value, err)
			}
		}
	})
}

// sameMeaning tells what is wrong with n attributes that are written and read again.
func sameMeaning(a attributes, n int) string {
	list := a.attrs()
	again := readAttributes(list)
	switch {
	case len(list) != n:
		return "another number of attributes"
	case !again.expires.Equal(a.expires) || !maps.Equal(again.labels, a.labels):
		return "another expiry, or other labels"
	case !slices.Equal(again.others, a.others):
		return "other attributes are changed"
	case (crypto.Header{Name: "A", Version: 1, Seq: 1, Kind: crypto.Text, Attrs: list}).Validate() != nil:
		return "no record can have them"
	}
	return ""
}
