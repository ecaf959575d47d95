package badgerstore

import (
	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
)

// settings are the Badger options of every open.
//
// Badger does not verify checksums here: its own verification takes the whole
// process down on some kinds of damage. badgerfiles has done it before.
func settings(dir string, readOnly bool, log *eventLog) badger.Options {
	return badger.DefaultOptions(dir).
		WithNumCompactors(0). // merge.go says why, and these let that be
		WithNumLevelZeroTables(1 << 20).
		WithNumLevelZeroTablesStall(1 << 21).
		WithReadOnly(readOnly).
		WithMemTableSize(badgerfiles.MemTableSize).
		WithBaseTableSize(badgerfiles.TableSize).
		WithValueThreshold(store.LargeValue + 1).
		WithValueLogFileSize(badgerfiles.ValueLogSize).
		WithNumMemtables(1).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithNumVersionsToKeep(1).
		WithSyncWrites(true).
		WithChecksumVerificationMode(options.NoVerification).
		WithVerifyValueChecksum(true). // of large values, when read: some 10 µs each
		WithDetectConflicts(false).    // updates run one at a time
		WithMetricsEnabled(false).
		WithLogger(log)
}
