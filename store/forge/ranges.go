package forge

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Range is what a hint says of a table: between which keys lie those in it.
type Range struct {
	Table       uint32
	Size        int64
	First, Last string
}

// Ranges is the content of a RANGES that says so, be it true or not.
func Ranges(list []Range) []byte {
	b := []byte("tacit-ranges 1\n")
	for _, r := range list {
		b = binary.BigEndian.AppendUint32(b, r.Table)
		b = binary.BigEndian.AppendUint32(b, uint32(r.Size))
		b = append(append(b, byte(len(r.First))), r.First...)
		b = append(append(b, byte(len(r.Last))), r.Last...)
	}
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// Lie writes a RANGES into the folder of a database which says of each table, under its
// right size, what rng draws: nothing lies in it, all, or what lies between two keys.
func Lie(db string, rng *rand.Rand, key func() string) error {
	tables, err := filepath.Glob(filepath.Join(db, "*.sst"))
	if err != nil {
		return err
	}
	slices.Sort(tables)
	how := rng.IntN(4)
	var list []Range
	for _, path := range tables {
		info, err := os.Lstat(path)
		id, e := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), ".sst"), 10, 32)
		if err := errors.Join(err, e); err != nil {
			return err
		}
		ends := []string{key(), key()}
		slices.Sort(ends)
		switch draw := rng.IntN(3); {
		case how == 0 || how == 1 && draw == 0:
			ends = []string{"\xff\xff\xff", "\xff\xff\xff"}
		case how == 1 && draw == 1:
			ends = []string{"\x01", "\xff\xff\xff"}
		}
		const most = 128
		for i, end := range ends {
			ends[i] = end[:min(len(end), most)]
		}
		list = append(list, Range{uint32(id), info.Size(), ends[0], ends[1]})
	}
	return os.WriteFile(filepath.Join(db, "RANGES"), Ranges(list), 0o600)
}
