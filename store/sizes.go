package store

// The sizes are part of the format in effect: a log written under one memtable
// size is not replayed under a smaller one.
const (
	memTableSize = 8 << 20 // lower it, and the replay after an unclean stop ends the process
	tableSize    = 8 << 20
	valueLogSize = 4 << 20 // holds one value of MaxValue; Badger refuses a larger one
)

const (
	// reserve is what has to be free before a writer may begin and before each
	// write: two memtables with their logs, two value logs, 1 MiB for the rest.
	// Badger writes through mapped files, and a page that finds no room on the
	// disk ends the process.
	reserve = 2*memTableSize + 2*valueLogSize + 1<<20
	// tightReserve is what has to be free where the ballast was given up for
	// it: a few small transactions, and the table that they become.
	tightReserve = 4 << 20
)
