package crypto

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzNode stores any bytes as the root, and makes the root's hash fit one body
// or the other: what is read is sound, or refused with a class.
func FuzzNode(f *testing.F) {
	_, empty := EmptyTree()
	root, m := newTree()
	few := m.put(f, root, manyEntries(3)...)
	_, nodes, err := Change(few, m.get, manyEntries(40))
	if err != nil || len(nodes) < 3 {
		f.Fatal("no seeds", err)
	}
	for _, n := range append(nodes, empty) {
		f.Add(n.Single(), false)
		f.Add(n.Dual(), true)
	}
	f.Fuzz(func(t *testing.T, stored []byte, useOld bool) {
		root := Digest{1}
		if body, old, err := splitStored(stored); err == nil {
			if useOld && old != nil {
				body = old
			}
			root = nodeHash(0, &[32]byte{}, body)
		}
		get := func(key []byte) ([]byte, error) {
			if len(key) == 2 {
				return stored, nil
			}
			return nil, nil
		}
		var entries []Entry
		walkErr := Walk(root, get, func(e Entry) error { entries = append(entries, e); return nil })
		if walkErr != nil && errorClass(walkErr) == nil && !errors.Is(walkErr, ErrMissing) {
			t.Errorf("an error of no class: %v", walkErr)
		}
		if walkErr == nil {
			sound(t, root, get, entries)
		}
		if _, ok, err := Lookup(root, get, "NAME_1"); ok && err != nil {
			t.Error("found and an error")
		}
		_, _, err := Change(root, get, []Entry{entry("NAME_1", 1)})
		if walkErr == nil && err != nil {
			t.Errorf("a sound tree cannot be changed: %v", err)
		}
	})
}

// sound holds a leaf that was walked without an error to what it has to be.
func sound(t *testing.T, root Digest, get NodeGetter, entries []Entry) {
	t.Helper()
	for _, e := range entries {
		if err := e.check(); err != nil {
			t.Error(err)
		}
		if got, ok, err := Lookup(root, get, e.Name); err != nil || !ok || got != e {
			t.Errorf("%s is walked and not found: %v", e.Name, err)
		}
	}
	again, m := newTree()
	if len(entries) > 0 {
		again = m.put(t, again, entries...)
	}
	if again != root {
		t.Error("two trees of the same entries")
	}
}

func FuzzParseHead(f *testing.F) {
	var kept []headVector
	readVectors(f, "head-good.json", &kept)
	seed(f, kept, func(v headVector) []byte { return v.Stored })
	readVectors(f, "head-bad.json", &kept)
	seed(f, kept, func(v headVector) []byte { return v.Stored })
	k := vectorKeysOf(f, X25519)
	f.Fuzz(func(t *testing.T, z []byte) {
		s, err := ParseHead(z)
		if err != nil {
			if errorClass(err) == nil {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		again := Encode("tacit/1/z", s.body(), s.Prev.bytes(), s.Skip.bytes(), []byte("mac"), s.mac[:], []byte("sig"), s.sig[:])
		if !bytes.Equal(again, z) {
			t.Error("two spellings of one head")
		}
		if err := s.check(); err != nil {
			t.Error(err)
		}
		if s.Vault == k.id && s.Suite == k.suite {
			if _, err := k.Sign(&s.Head); err != nil && s.Pin == k.Pin() {
				t.Errorf("read, and cannot be written: %v", err)
			}
		}
	})
}
