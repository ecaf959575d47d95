package crypto

import (
	"bytes"
	"io"
	"testing"

	"filippo.io/age"
)

func BenchmarkOpen100(b *testing.B)       { benchmarkOpen(b, 100) }
func BenchmarkAgeDecrypt100(b *testing.B) { benchmarkAge(b, 100) }
func BenchmarkOpen10k(b *testing.B)       { benchmarkOpen(b, 10_000) }
func BenchmarkAgeDecrypt10k(b *testing.B) { benchmarkAge(b, 10_000) }

func benchmarkOpen(b *testing.B, size int) {
	forSuites(b, size, func(b *testing.B, _ *Identity, k *Keys, record []byte) {
		for b.Loop() {
			if _, _, err := k.Open(record); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchmarkAge(b *testing.B, size int) {
	forSuites(b, size, func(b *testing.B, i *Identity, _ *Keys, record []byte) {
		id := ageIdentity(b, i)
		for b.Loop() {
			r, err := age.Decrypt(bytes.NewReader(record), id)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadAll(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSeal100(b *testing.B) {
	forSuites(b, 100, func(b *testing.B, _ *Identity, k *Keys, _ []byte) {
		h, plaintext := testHeader(100), make([]byte, 100)
		for b.Loop() {
			if _, err := k.Seal(h, plaintext); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParseRecord(b *testing.B) {
	forSuites(b, 100, func(b *testing.B, _ *Identity, _ *Keys, record []byte) {
		for b.Loop() {
			if _, err := ParseRecord(record); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkUnlock(b *testing.B) {
	forSuites(b, 0, func(b *testing.B, i *Identity, _ *Keys, _ []byte) {
		for b.Loop() {
			if _, err := i.Unlock(ID{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func forSuites(b *testing.B, size int, run func(*testing.B, *Identity, *Keys, []byte)) {
	for _, suite := range suites {
		i, k := newKeys(b, suite)
		record, err := k.Seal(testHeader(size), make([]byte, size))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(suite), func(b *testing.B) {
			b.ReportAllocs()
			run(b, i, k, record)
		})
	}
}
