package badgerfiles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// Badger's MANIFEST says which tables there are and on which level. It is a
// log: 8 bytes of magic, then changes, each a length and a CRC-32C (4 bytes
// each, big-endian) and a protocol buffer. Badger takes an end that is cut off
// for a crash, and then deletes the tables that it does not name.

const (
	ManifestName  = "MANIFEST"
	manifestMagic = "Bdgr\x00\x00\x00\x08"
	// maxManifest bounds what is read. Badger rewrites the file at about 10,000
	// deletions, far below it.
	maxManifest = 16 << 20
	// BadgerLevels is how many levels Badger has with our settings.
	BadgerLevels = 7
)

// Manifest is what a MANIFEST says.
type Manifest struct {
	Tables  map[uint64]int  // id to level
	deleted map[uint64]bool // tables that were, as far back as it tells
	Torn    bool            // the last change is not whole
	Size    int
}

var errManifest = errors.New("not what the database writes")

// parseManifest reads a MANIFEST.
func parseManifest(b []byte) (Manifest, error) {
	m := Manifest{Tables: make(map[uint64]int), deleted: make(map[uint64]bool), Size: len(b)}
	if !bytes.HasPrefix(b, []byte(manifestMagic)) {
		return m, errManifest
	}
	b = b[len(manifestMagic):]
	for len(b) > 0 {
		if len(b) < 8 {
			m.Torn = true
			return m, nil
		}
		n, sum := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
		b = b[8:]
		if uint64(n) > uint64(len(b)) {
			m.Torn = true
			return m, nil
		}
		if checksum(b[:n]) != sum {
			return m, errManifest
		}
		if err := m.apply(b[:n]); err != nil {
			return m, err
		}
		b = b[n:]
	}
	return m, nil
}

// apply takes over one set of changes.
func (m Manifest) apply(set []byte) error {
	for len(set) > 0 {
		f, rest, ok := nextField(set)
		if !ok {
			return errManifest
		}
		set = rest
		if f.num != 1 || f.kind != kindBytes {
			continue
		}
		if err := m.applyChange(f.data); err != nil {
			return err
		}
	}
	return nil
}

// applyChange takes over the creation (0) or deletion (1) of a table.
func (m Manifest) applyChange(change []byte) error {
	var fields [7]uint64 // by number: 1 id, 2 operation, 3 level, 4 key, 6 compression
	for len(change) > 0 {
		f, rest, ok := nextField(change)
		if !ok {
			return errManifest
		}
		change = rest
		if f.num < uint64(len(fields)) && f.kind == kindVarint {
			fields[f.num] = f.v
		}
	}
	id, level := fields[1], fields[3]
	_, there := m.Tables[id]
	switch {
	case fields[2] == 1:
		delete(m.Tables, id)
		m.deleted[id] = true
	case fields[2] != 0, there, level >= BadgerLevels, fields[4] != 0, fields[6] != 0:
		return errManifest // nor do we write encrypted or compressed tables
	default:
		m.Tables[id] = int(level)
	}
	return nil
}

// Encode returns a MANIFEST that says the same, without its history.
func (m Manifest) Encode() []byte {
	var set []byte
	for _, id := range slices.Sorted(maps.Keys(m.Tables)) {
		set = appendChange(set, id, 3, uint64(m.Tables[id]))
	}
	return append([]byte(manifestMagic), manifestEntry(set)...)
}

// Deletions are changes, as the file has them, by which the tables are gone.
func Deletions(ids []uint64) []byte {
	var set []byte
	for _, id := range ids {
		set = appendChange(set, id, 2, 1)
	}
	return manifestEntry(set)
}

// appendChange appends the change of one table: its id and one more field, with
// the number that applyChange knows it by.
func appendChange(set []byte, id, field, value uint64) []byte {
	return appendBytesField(set, 1, appendVarintField(appendVarintField(nil, 1, id), field, value))
}

// manifestEntry is a set of changes as the file has it.
func manifestEntry(set []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(set)))
	b = binary.BigEndian.AppendUint32(b, checksum(set))
	return append(b, set...)
}
