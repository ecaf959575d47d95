package badgerfiles

// What the tests in badgerfiles_test need of this package: they have Badger write
// the files, which is above it.

const (
	FlagPointer = flagPointer
	FlagTx      = flagTx
	FlagEnd     = flagEnd
	EndKey      = endKey
)

var (
	Castagnoli    = castagnoli
	ParseManifest = parseManifest
)

// MemLog is what a .mem holds.
type MemLog struct {
	End, Later int
	Last       uint64
	Dirty      bool
}

// ParseMemLog reads a .mem.
func ParseMemLog(b []byte) MemLog {
	m := parseMemLog(b)
	return MemLog{m.end, m.later, m.last, m.dirty}
}
