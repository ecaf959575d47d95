package badgerfiles

// The sizes are part of the format in effect: a log written under one memtable
// size is not replayed under a smaller one.
const (
	MemTableSize = 8 << 20 // lower it, and the replay after an unclean stop ends the process
	TableSize    = 8 << 20
	// MergedTableSize is the size of each table, where a merge makes several. Opening,
	// checking and closing take a while for each table of a vault, and a read takes
	// the index of each table that it needs, which grows with the table.
	MergedTableSize = 2 * TableSize
	ValueLogSize    = 4 << 20 // holds one value of MaxValue; Badger refuses a larger one
)

// Of a session that writes little. What Badger begins a log with is a file of twice its
// size, and the kernel fills what it reads ahead of it with zeros. Nothing is replayed
// under these sizes.
const (
	SmallMemTableSize = 1 << 20
	SmallValueLogSize = 1 << 20
	// SmallSession is how many bytes make a session one that writes more than a little.
	SmallSession = SmallMemTableSize / 4
)

const (
	// Reserve is what has to be free before a writer may begin and before each
	// write: two memtables with their logs, two value logs, 1 MiB for the rest.
	// Badger writes through mapped files, and a page that finds no room on the
	// disk ends the process.
	Reserve = 2*MemTableSize + 2*ValueLogSize + 1<<20
	// TightReserve is what has to be free where the ballast was given up for
	// it: a few small transactions, and the table that they become.
	TightReserve = 4 << 20
)
