package crypto

import (
	"fmt"
	"testing"
)

// benchTree is a tree of n names in memory, put in by 10,000.
func benchTree(b *testing.B, n int) (Digest, nodeMap) {
	b.Helper()
	root, m := newTree()
	entries := manyEntries(n)
	for len(entries) > 0 {
		batch := entries[:min(10_000, len(entries))]
		root = m.put(b, root, batch...)
		entries = entries[len(batch):]
	}
	return root, m
}

var benchSizes = []int{1000, 100_000, 1_000_000}

func BenchmarkLookup(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			root, m := benchTree(b, size)
			names := make([]string, 1000)
			for i := range names {
				names[i] = fmt.Sprintf("NAME_%d", i*(size/1000))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if _, ok, err := Lookup(root, m.get, names[i%1000]); !ok || err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkChange(b *testing.B) {
	for _, size := range benchSizes {
		root, m := benchTree(b, size)
		for _, n := range []int{1, 10_000} {
			b.Run(fmt.Sprintf("%d/%d", size, n), func(b *testing.B) {
				entries := make([]Entry, n)
				for i := range entries {
					entries[i] = entry(fmt.Sprintf("NEW_%d", i), uint64(i))
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := Change(root, m.get, entries); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkImport puts a million names into an empty tree.
func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		benchTree(b, 1_000_000)
	}
}

func BenchmarkWalk(b *testing.B) {
	root, m := benchTree(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := Walk(root, m.get, func(Entry) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
