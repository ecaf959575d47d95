package crypto

import (
	"bytes"
	"slices"
	"testing"
)

func recordSeeds(f *testing.F) {
	var kept []recordVector
	readVectors(f, "record.json", &kept)
	seed(f, kept, func(v recordVector) []byte { return v.Record })
}

func FuzzParseRecord(f *testing.F) {
	recordSeeds(f)
	f.Fuzz(func(t *testing.T, record []byte) {
		h, err := ParseRecord(record)
		if err != nil {
			if errorClass(err) == nil {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		stanzas, err := stanzasOf(record, maxHeaderText)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(h.args(), stanzas[1].Args) {
			t.Error("two spellings of one header")
		}
		if err := h.Validate(); err != nil {
			t.Error(err)
		}
	})
}

// Nothing that a fuzzer makes opens, other than what was sealed.
func FuzzOpen(f *testing.F) {
	recordSeeds(f)
	var kept []recordVector
	readVectors(f, "record.json", &kept)
	known := map[Digest]bool{}
	for _, v := range kept {
		if v.Good != nil {
			known[Sum(v.Record)] = true
		}
	}
	keys := []*Keys{vectorKeysOf(f, X25519), vectorKeysOf(f, Hybrid)}
	f.Fuzz(func(t *testing.T, record []byte) {
		for _, k := range keys {
			h, plaintext, err := k.Open(record)
			if err == nil && !known[Sum(record)] {
				t.Fatal("a record opens that nobody sealed")
			}
			if err != nil && (plaintext != nil || h.Name != "") {
				t.Error("something comes with the error")
			}
			if err != nil && errorClass(err) == nil {
				t.Errorf("an error of no class: %v", err)
			}
		}
	})
}

func FuzzAttr(f *testing.F) {
	seed(f, []string{"a=", "note=a%20b", "Only-once=1", "a=%c3", "a=%41", "a", "=x", "a=%2", "a=b=c"},
		func(s string) []byte { return []byte(s) })
	f.Fuzz(func(t *testing.T, b []byte) {
		if escaped := escape(string(b)); len(escaped) != EscapedLen(string(b)) {
			t.Error("escapedLen is not the length of escape")
		} else if back, ok := unescape(escaped); !ok || back != string(b) {
			t.Errorf("%q becomes %q", b, back)
		}
		a, err := ParseAttr(string(b))
		if err != nil {
			if errorClass(err) == nil {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		if !bytes.Equal([]byte(a.Arg()), b) {
			t.Error("two spellings of one attribute")
		}
	})
}
