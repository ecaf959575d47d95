package forge

import (
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
)

// wild are numbers that no offset, length or count is, and some that one could be.
var wild = []uint32{1, 3, 7, 255, 4096, 1 << 16, 1 << 20, math.MaxInt32, 1 << 31, math.MaxUint32 - 3, math.MaxUint32}

func pick(rng *rand.Rand) uint32 { return wild[rng.IntN(len(wild))] }

// some is the last block, which Badger reads when it opens the table, or any.
func (t *table) some(rng *rand.Rand) *block {
	if rng.IntN(2) == 0 {
		return t.blocks[len(t.blocks)-1]
	}
	return t.blocks[rng.IntN(len(t.blocks))]
}

// some is where an entry begins.
func (k *block) some(rng *rand.Rand) uint32 { return k.offsets[rng.IntN(len(k.offsets))] }

func inBlock(do func(k *block, rng *rand.Rand)) func(*table, *rand.Rand) {
	return func(t *table, rng *rand.Rand) { do(t.some(rng), rng) }
}

// anEntry calls do with an entry: two numbers of 16 bits, which are how much of
// its key it has from the first one's and how much not, that rest, and the value.
func anEntry(do func(b []byte, rng *rand.Rand)) func(*table, *rand.Rand) {
	return inBlock(func(k *block, rng *rand.Rand) { do(k.entries[k.some(rng):], rng) })
}

func rest(b []byte) []byte { return b[4+binary.NativeEndian.Uint16(b[2:]):] }

// Kinds are all of them.
var Kinds = []Kind{
	{Name: "offsets of a machine with the other byte order", blocks: func(t *table, _ *rand.Rand) {
		for _, k := range t.blocks {
			for i := range k.offsets {
				k.offsets[i] = bits.ReverseBytes32(k.offsets[i])
			}
		}
	}},
	{Name: "an offset", blocks: inBlock(func(k *block, rng *rand.Rand) {
		k.offsets[rng.IntN(len(k.offsets))] = pick(rng)
	})},
	{Name: "the first offset", blocks: inBlock(func(k *block, rng *rand.Rand) { k.offsets[0] = pick(rng) })},
	{Name: "the last offset", blocks: inBlock(func(k *block, rng *rand.Rand) { k.offsets[len(k.offsets)-1] = pick(rng) })},
	{Name: "all offsets the same", blocks: inBlock(func(k *block, rng *rand.Rand) {
		same := k.some(rng)
		for i := range k.offsets {
			k.offsets[i] = same
		}
		if len(k.offsets) == 1 {
			k.offsets[0] = 5
		}
	})},
	{Name: "offsets in descending order", blocks: func(t *table, _ *rand.Rand) {
		for _, k := range t.blocks {
			for i, j := 0, len(k.offsets)-1; i < j; i, j = i+1, j-1 {
				k.offsets[i], k.offsets[j] = k.offsets[j], k.offsets[i]
			}
			if len(k.offsets) == 1 {
				k.offsets[0] = 1
			}
		}
	}},
	{Name: "the number of entries", blocks: inBlock(func(k *block, rng *rand.Rand) { k.count = 1<<16 + pick(rng)/2 })},
	{Name: "one entry too many", blocks: inBlock(func(k *block, _ *rand.Rand) { k.count++ })},
	{Name: "one entry too few", blocks: inBlock(func(k *block, _ *rand.Rand) { k.count-- })},
	{Name: "no entries", blocks: inBlock(func(k *block, _ *rand.Rand) { k.count = 0 })},
	{Name: "an empty block", blocks: inBlock(func(k *block, _ *rand.Rand) { k.entries, k.offsets, k.count = nil, nil, 0 })},
	{Name: "what a key shares", blocks: anEntry(func(b []byte, rng *rand.Rand) {
		binary.NativeEndian.PutUint16(b, uint16(1000+rng.IntN(math.MaxUint16-1000)))
	})},
	{Name: "what the first key shares", blocks: inBlock(func(k *block, rng *rand.Rand) {
		binary.NativeEndian.PutUint16(k.entries, uint16(1+rng.IntN(math.MaxUint16)))
	})},
	{Name: "what a key does not share", blocks: anEntry(func(b []byte, rng *rand.Rand) {
		binary.NativeEndian.PutUint16(b[2:], uint16(30000+rng.IntN(30000)))
	})},
	{Name: "a key that is too short", blocks: anEntry(func(b []byte, _ *rand.Rand) {
		binary.NativeEndian.PutUint16(b, 0)
		binary.NativeEndian.PutUint16(b[2:], 3)
	})},
	{Name: "no key", blocks: anEntry(func(b []byte, _ *rand.Rand) { clear(b[:4]) })},
	{Name: "keys in another order", blocks: func(t *table, rng *rand.Rand) {
		k := t.some(rng)
		for _, at := range k.offsets {
			b := k.entries[at:]
			b[4] ^= 0x55 // of the rest of a key; the first one's is what others share
		}
	}},
	{Name: "a key of a great version", blocks: anEntry(func(b []byte, _ *rand.Rand) {
		end := 4 + int(binary.NativeEndian.Uint16(b[2:]))
		clear(b[max(4, end-8):end]) // it is written as what is left to the greatest
	})},
	{Name: "when a value expires", blocks: anEntry(func(b []byte, _ *rand.Rand) {
		v := rest(b)
		for i := 2; i < min(len(v), 14); i++ {
			v[i] = 0xff
		}
	})},
	{Name: "a value that is said to lie elsewhere", blocks: anEntry(func(b []byte, _ *rand.Rand) { rest(b)[0] |= 2 })},
	{Name: "the root of the index", index: func(t *table, rng *rand.Rand) { binary.LittleEndian.PutUint32(t.index, pick(rng)) }},
	{Name: "the list of the index's fields", index: func(t *table, rng *rand.Rand) { t.put(t.root(), pick(rng)) }},
	{Name: "the length of that list", index: func(t *table, rng *rand.Rand) {
		binary.LittleEndian.PutUint16(t.index[t.list(t.root()):], uint16(pick(rng)))
	}},
	{Name: "where a field of the index lies", index: func(t *table, rng *rand.Rand) {
		at := t.list(t.root()) + 4 + 2*rng.IntN(4)
		binary.LittleEndian.PutUint16(t.index[at:], []uint16{0, 1, 250, 60000, math.MaxUint16}[rng.IntN(5)])
	}},
	{Name: "where the list of blocks lies", index: func(t *table, rng *rand.Rand) { t.put(t.field(t.root(), fieldBlocks), pick(rng)) }},
	{Name: "the number of blocks", index: func(t *table, rng *rand.Rand) {
		t.put(t.vector(t.field(t.root(), fieldBlocks)), []uint32{0, uint32(len(t.blocks)) + 1, pick(rng) + 1<<12}[rng.IntN(3)])
	}},
	{Name: "fewer blocks", index: func(t *table, _ *rand.Rand) {
		t.put(t.vector(t.field(t.root(), fieldBlocks)), uint32(len(t.blocks)/2))
	}},
	{Name: "where what is said of a block lies", index: func(t *table, rng *rand.Rand) {
		v := t.vector(t.field(t.root(), fieldBlocks))
		t.put(v+4+4*t.at(rng), pick(rng))
	}},
	{Name: "where a block lies", index: func(t *table, rng *rand.Rand) {
		r := t.refs()
		t.put(r[max(1, t.at(rng))%len(r)].offset, pick(rng))
	}},
	{Name: "how long a block is", index: func(t *table, rng *rand.Rand) { t.put(t.refs()[t.at(rng)].size, pick(rng)) }},
	{Name: "the fields of a block", index: func(t *table, rng *rand.Rand) { t.put(t.refs()[t.at(rng)].root, pick(rng)) }},
	{Name: "where a block's key lies", index: func(t *table, rng *rand.Rand) { t.put(t.refs()[t.at(rng)].key, pick(rng)) }},
	{Name: "how long a block's key is", index: func(t *table, rng *rand.Rand) {
		t.put(t.vector(t.refs()[t.at(rng)].key), pick(rng))
	}},
	{Name: "blocks in another order", index: func(t *table, rng *rand.Rand) {
		v := t.vector(t.field(t.root(), fieldBlocks)) + 4
		i, j := v, v+4*(len(t.blocks)-1)
		a, b := t.get(i)+uint32(i), t.get(j)+uint32(j)
		t.put(i, b-uint32(i))
		t.put(j, a-uint32(j))
	}},
	{Name: "where the filter lies", index: func(t *table, rng *rand.Rand) { t.put(t.field(t.root(), fieldBloom), pick(rng)) }},
	{Name: "how long the filter is", index: func(t *table, rng *rand.Rand) {
		t.put(t.vector(t.field(t.root(), fieldBloom)), []uint32{0, 1, 2, math.MaxInt32, math.MaxUint32}[rng.IntN(5)])
	}},
	{Name: "the filter", Unseen: true, index: func(t *table, _ *rand.Rand) {
		v := t.vector(t.field(t.root(), fieldBloom))
		clear(t.index[v+4 : v+4+int(t.get(v))-1])
	}},
	{Name: "the highest version", index: func(t *table, rng *rand.Rand) {
		at := t.field(t.root(), fieldVersion)
		binary.LittleEndian.PutUint64(t.index[at:], []uint64{0, 1, 1 << 63, math.MaxUint64 - 1, math.MaxUint64}[rng.IntN(5)])
	}},
	{Name: "the number of keys", index: func(t *table, rng *rand.Rand) { t.put(t.field(t.root(), fieldCount), pick(rng)) }},
	{Name: "the length of the index", index: func(t *table, rng *rand.Rand) {
		t.length = []uint32{0, 1, 4, t.length - 4, t.length + 4, math.MaxUint32}[rng.IntN(6)]
	}},
	{Name: "an index of nothing", index: func(t *table, _ *rand.Rand) { clear(t.index) }},
}

// at is the number of the last block, or of any.
func (t *table) at(rng *rand.Rand) int {
	if rng.IntN(2) == 0 {
		return len(t.blocks) - 1
	}
	return rng.IntN(len(t.blocks))
}
