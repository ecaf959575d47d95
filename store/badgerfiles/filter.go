package badgerfiles

import "encoding/binary"

// A filter tells of most keys that are not in a table that they are not. It is a
// Bloom filter: bits, and a last byte that says how many of them a key has.
type filter struct {
	b        *flat
	at, size int64
}

// mayHave tells whether a key with that hash can be in the table; ok is false where
// the filter cannot be read.
func (f filter) mayHave(hash uint32) (may, ok bool) {
	const most = 30 // of a key's bits; more stands for another kind of filter
	b, ok := f.b.cut(f.at, f.size)
	if !ok {
		return false, false
	}
	probes := b[len(b)-1]
	if probes > most {
		return true, true
	}
	bits := uint32(8 * (len(b) - 1))
	delta := hash>>17 | hash<<15
	for range probes {
		bit := hash % bits
		if b[bit/8]&(1<<(bit%8)) == 0 {
			return false, true
		}
		hash += delta
	}
	return true, true
}

// filterHash is what a filter knows a key by, without its version: a hash like
// Murmur's, as in LevelDB.
func filterHash(b []byte) uint32 {
	const (
		seed = 0xbc9f1d34
		m    = 0xc6a4a793
	)
	h := uint32(seed) ^ uint32(len(b))*m
	for ; len(b) >= 4; b = b[4:] {
		h += binary.LittleEndian.Uint32(b)
		h *= m
		h ^= h >> 16
	}
	if len(b) == 0 {
		return h
	}
	for i, c := range b {
		h += uint32(c) << (8 * i)
	}
	h *= m
	return h ^ h>>24
}
