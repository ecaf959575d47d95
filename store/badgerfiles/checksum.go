package badgerfiles

import (
	"encoding/binary"
	"hash/crc32"
	"sync"
	"sync/atomic"
)

// Package crc32 needs 0.15 ms to make the tables of its quick way. The way here is
// ready in some µs, and takes as long for about so many bytes. A command that reads one
// secret among a thousand checks 30 KiB, and among a million 160.
const plainly = 256 << 10

var checked atomic.Int64

// checksum is the CRC-32C that Badger writes beside what it has.
func checksum(b []byte) uint32 {
	if checked.Add(int64(len(b))) <= plainly {
		return plainChecksum(b)
	}
	return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
}

// plainChecksum takes eight bytes a step, as package crc32 does for other polynomials
// ("slicing-by-8").
func plainChecksum(b []byte) uint32 {
	t := plainTables()
	sum := ^uint32(0)
	for ; len(b) >= 8; b = b[8:] {
		sum ^= binary.LittleEndian.Uint32(b)
		sum = t[7][byte(sum)] ^ t[6][byte(sum>>8)] ^ t[5][byte(sum>>16)] ^ t[4][sum>>24] ^
			t[3][b[4]] ^ t[2][b[5]] ^ t[1][b[6]] ^ t[0][b[7]]
	}
	return crc32.Update(^sum, &t[0], b)
}

// plainTables are those of a byte that 0 to 7 others follow.
var plainTables = sync.OnceValue(func() *[8]crc32.Table {
	var t [8]crc32.Table
	for i := range t[0] {
		sum := uint32(i)
		for range 8 {
			sum = sum>>1 ^ sum&1*crc32.Castagnoli
		}
		t[0][i] = sum
	}
	for i := range t[0] {
		for n := 1; n < len(t); n++ {
			before := t[n-1][i]
			t[n][i] = before>>8 ^ t[0][byte(before)]
		}
	}
	return &t
})
