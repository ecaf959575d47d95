package badgerfiles_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
)

// A shape is how Badger is made to lay out its tables: more levels, more versions and
// smaller blocks than ours has.
type shape struct {
	name                       string
	memTable, table, base      int64
	block, versions, keyLength int
	levelZero, compactors      int
	entries, sessions          int
	large                      int // one value of that many is too large for a table; 0: none
}

var shapes = []shape{
	{name: "one table", memTable: 8 << 20, table: 8 << 20, base: 8 << 20, block: 4096, versions: 1, keyLength: 20, levelZero: 1 << 20, entries: 3000, sessions: 1},
	{name: "a table a session", memTable: 8 << 20, table: 8 << 20, base: 8 << 20, block: 4096, versions: 1, keyLength: 20, levelZero: 1 << 20, entries: 2000, sessions: 9},
	{name: "all versions", memTable: 8 << 20, table: 8 << 20, base: 8 << 20, block: 4096, versions: 100, keyLength: 2, levelZero: 1 << 20, entries: 5000, sessions: 4},
	{name: "many levels", memTable: 1 << 20, table: 64 << 10, base: 128 << 10, block: 1024, versions: 3, keyLength: 12, levelZero: 1, compactors: 4, entries: 24000, sessions: 12},
	{name: "long keys", memTable: 8 << 20, table: 1 << 20, base: 1 << 20, block: 4096, versions: 2, keyLength: store.MaxKey, levelZero: 2, compactors: 4, entries: 2500, sessions: 2},
	{name: "tiny blocks", memTable: 8 << 20, table: 1 << 20, base: 1 << 20, block: 64, versions: 2, keyLength: 5, levelZero: 1 << 20, entries: 3000, sessions: 3},
	{name: "large values", memTable: 8 << 20, table: 8 << 20, base: 8 << 20, block: 4096, versions: 1, keyLength: 6, levelZero: 1 << 20, entries: 400, sessions: 3, large: 20},
}

// build makes the database in dir/db. Badger, with compactors of its own and a machine
// that is busy, has hung for good in one of a great many: the test is skipped then, and
// says where.
func (s shape) build(t *testing.T, dir string, rng *rand.Rand) {
	t.Helper()
	built := make(chan error, 1)
	go func() { built <- s.write(dir, rng) }()
	select {
	case err := <-built:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(4 * time.Minute):
		var stacks strings.Builder
		_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		t.Skipf("Badger hangs: %s", stacks.String())
	}
}

// write makes the database, session by session.
func (s shape) write(dir string, rng *rand.Rand) error {
	for session := range s.sessions {
		o := badger.DefaultOptions(filepath.Join(dir, storedir.DatabaseName)).
			WithLogger(nil).WithMetricsEnabled(false).WithCompression(options.None).
			WithBlockCacheSize(0).WithIndexCacheSize(0).WithDetectConflicts(false).
			WithMemTableSize(s.memTable).WithBaseTableSize(s.table).WithBaseLevelSize(s.base).
			WithLevelSizeMultiplier(2).WithBlockSize(s.block).WithNumVersionsToKeep(s.versions).
			WithNumLevelZeroTables(s.levelZero).WithNumLevelZeroTablesStall(2*s.levelZero + 4).WithNumCompactors(s.compactors).
			WithNumMemtables(2).WithCompactL0OnClose(s.compactors > 0).WithValueThreshold(min(store.LargeValue+1, s.memTable/8)).WithValueLogFileSize(4 << 20)
		db, err := badger.Open(o)
		if err != nil {
			return err
		}
		for left := s.entries / s.sessions; left > 0; {
			err := db.Update(func(tx *badger.Txn) error {
				for range 1 + rng.IntN(30) {
					left--
					if err := s.change(tx, rng); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("session %d: %w", session, err)
			}
		}
		if err := db.Close(); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, storedir.LockName), nil, 0o600)
}

// change writes or deletes a key.
func (s shape) change(tx *badger.Txn, rng *rand.Rand) error {
	key := s.key(rng)
	if rng.IntN(5) == 0 {
		return tx.Delete(key)
	}
	n := rng.IntN(400)
	switch {
	case rng.IntN(8) == 0:
		n = 0
	case s.large > 0 && rng.IntN(s.large) == 0:
		n = store.LargeValue + rng.IntN(3)
	}
	return tx.Set(key, bytes.Repeat([]byte{byte(rng.Uint32())}, n))
}

// key is one of those that the shape has, or nearly. Many share long beginnings.
func (s shape) key(rng *rand.Rand) []byte {
	key := fmt.Appendf(nil, "%c/%d", "aab\xff\x00"[rng.IntN(5)], rng.IntN(300))
	n := min(len(key)+rng.IntN(s.keyLength), store.MaxKey)
	for len(key) < n {
		key = append(key, "aaaaaaaaaaaaab"[rng.IntN(14)])
	}
	return key
}
