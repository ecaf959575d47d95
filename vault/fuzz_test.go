package vault

import (
	"bytes"
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
