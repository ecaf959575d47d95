package badgerfiles

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// Both ways of a checksum give the same.
func TestChecksum(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	quick := crc32.MakeTable(crc32.Castagnoli)
	for n := range 600 {
		b := make([]byte, n)
		_, _ = random.Read(b)
		want := crc32.Checksum(b, quick)
		if got := plainChecksum(b); got != want {
			t.Fatalf("%d bytes: %08x, and plainly %08x", n, want, got)
		}
		if got := checksum(b); got != want {
			t.Fatalf("%d bytes: %08x, want %08x", n, got, want)
		}
	}
}
