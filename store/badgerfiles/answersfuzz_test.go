package badgerfiles_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/store/badgerfiles"
)

// An index that is read by hand says what the library says that Badger reads it with.
func FuzzTableIndex(f *testing.F) {
	for _, b := range seeds(f, "*.sst") {
		index := badgerfiles.CutIndex(b)
		if _, _, err := badgerfiles.ByHand(index); err != nil {
			f.Fatalf("the index of a table: %v", err)
		}
		f.Add(index)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, filter, err := badgerfiles.ByHand(b)
		if err != nil {
			return
		}
		want, wantFilter, err := badgerfiles.ByLibrary(b)
		if err != nil {
			return // what the library panics over is read here
		}
		if !slices.Equal(list, want) || !bytes.Equal(filter, wantFilter) {
			t.Errorf("%v, %x; the library: %v, %x", list, filter, want, wantFilter)
		}
	})
}

// A key is sought in a block of any content, and each entry is looked at.
func FuzzBlock(f *testing.F) {
	for _, b := range seeds(f, "*.sst") {
		for _, block := range badgerfiles.CutBlocks(b) {
			if _, _, ok := badgerfiles.LookThrough(block, versioned("a", 1)); !ok {
				f.Fatal("a block of a table cannot be looked through")
			}
			f.Add(append(versioned("a", 1), block...))
			f.Add(append(versioned("b", 3), block...))
		}
	}
	const seek = 9 // bytes before the block: the key that is sought
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < seek {
			return
		}
		below, rest, ok := badgerfiles.LookThrough(b[seek:], b[:seek])
		if ok && (below < 0 || rest < 0) {
			t.Errorf("%d keys below, %d not", below, rest)
		}
	})
}

// Files of any content are asked for keys: the lengths and the checksum at the end,
// the index, the blocks.
func FuzzTables(f *testing.F) {
	list := seeds(f, "*.sst")
	for _, b := range list {
		if _, err := badgerfiles.TablesOf(b); err != nil {
			f.Fatalf("a table of the database: %v", err)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tables, err := badgerfiles.TablesOf(b, list[0])
		if err != nil {
			return
		}
		for _, key := range []string{"a", "b", "blarge", "c"} {
			_, _ = tables.Get([]byte(key))
		}
		var last []byte
		for key, err := range tables.Keys([]byte("a"), nil) {
			if err == nil && bytes.Compare(last, key) >= 0 && last != nil {
				t.Errorf("%q after %q", key, last)
			}
			last = key
		}
	})
}
