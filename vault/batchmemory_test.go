package vault_test

import (
	"runtime"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// A batch keeps its records in memory no longer than it takes to write them: what
// is alive while one is written is what the caller handed in, and what the database
// has for itself, some 50 MB.
func TestBatchMemory(t *testing.T) {
	const n, size = 16_000, 9_000
	long(t)
	v := newFixture(t).open()
	changes := manyChanges(n, "")
	for i := range changes {
		changes[i].Value = vault.Bytes(make([]byte, size*3/4)) // the policy counts base64
	}
	alive := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, most, calls := alive(), int64(0), 0
	_, err := v.Apply(t.Context(), changes, func(int, int) {
		if calls++; calls%8 == 1 {
			most = max(most, alive())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	const sealed = n * size * 3 / 4
	if grown := most - before; grown > sealed*2/3 {
		t.Errorf("%d MB more are alive than before, with %d MB of records", grown>>20, sealed>>20)
	}
	runtime.KeepAlive(changes)
}
