package attack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/tacit-vault/tacit/store/forge"
	"github.com/tacit-vault/tacit/vault"
)

// bombs are A12: something is larger than it has any right to be. Whatever
// reads it does so within a time and a memory that no vault may exceed.
var bombs = attack{"A12", "header, stanza and size bombs", []kind{
	{name: "VAULT", do: func(v *victim) want {
		v.grown(filepath.Join(v.dir, "VAULT"), []int64{4097, 10 << 20, 8 << 30}[v.rng.IntN(3)])
		return v.bounded(want{open: codes{vault.Corrupt}})
	}},
	{name: "the head", do: func(v *victim) want {
		head := v.dump(v.dir)["z"]
		v.put(dump{"z": append(head, make([]byte, 3<<20)...)})
		return v.bounded(want{open: codes{vault.HeadForged}})
	}},
	{name: "a head with lengths", do: func(v *victim) want {
		head := v.dump(v.dir)["z"]
		at := v.rng.IntN(len(head) - 4)
		binary.BigEndian.PutUint32(head[at:], []uint32{0xffffffff, 0x7fffffff, 1 << 24}[v.rng.IntN(3)])
		v.put(dump{"z": head})
		return v.bounded(want{open: codes{vault.HeadForged, vault.Newer, vault.Substituted}, loose: true})
	}},
	{name: "a value of 200 MB in the database", do: func(v *victim) want {
		key := []string{"z", "i\x00", v.dump(v.dir).current(liveA), "k/0000000001", fmt.Sprintf("l/%010d", v.present().seq-1), "p"}[v.rng.IntN(6)]
		v.large(key, 200<<20)
		return v.bounded(want{loose: true})
	}},
	{name: "a node", do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.keys("i")
		key := keys[v.rng.IntN(len(keys))]
		big := make([]byte, 3<<20)
		switch v.rng.IntN(4) {
		case 0: // a leaf of as many entries as two bytes can say
			big = append([]byte{0, 1, 0xff, 0xff}, big...)
		case 1: // an inner node
			big = append([]byte{0, 2, 0xff, 0xff}, big...)
		case 2: // both halves
			big = append([]byte{1, 0, 0x10, 0, 0}, big...)
		default: // a length that is not there
			big = append([]byte{1, 0xff, 0xff, 0xff, 0xff}, big...)
		}
		v.put(dump{key: big})
		return v.bounded(want{others: codes{vault.IndexTampered}, verify: codes{vault.IndexTampered}})
	}},
	{name: "the header of a record", do: func(v *victim) want {
		d := v.dump(v.dir)
		f := v.takeApart(d[d.current(liveA)])
		switch v.rng.IntN(4) {
		case 0:
			f.stanzas = append(f.stanzas, "-> "+strings.Repeat("x", 1<<20)+"\n\n")
		case 1:
			f.stanzas = append(f.stanzas, "-> x"+strings.Repeat(" y", 1<<19)+"\n\n")
		case 2:
			for range 20_000 {
				f.stanzas = append(f.stanzas, "-> x\n\n")
			}
		default:
			f.stanzas = append(f.stanzas, "-> x\n"+strings.Repeat(strings.Repeat("A", 64)+"\n", 1<<14)+"\n")
		}
		v.put(dump{d.current(liveA): f.bytes()})
		return v.bounded(want{reads: map[string]codes{liveA: {vault.Corrupt}}, verify: codes{vault.Corrupt}})
	}},
	{name: "the payload of a record", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.current(liveA): append(d[d.current(liveA)], make([]byte, 3<<20)...)})
		c := codes{vault.Forged, vault.Corrupt}
		return v.bounded(want{reads: map[string]codes{liveA: c}, verify: c})
	}},
	{name: "the log", do: func(v *victim) want {
		d, big := v.dump(v.dir), dump{}
		for _, key := range d.keys("l/") {
			big[key] = make([]byte, 1<<20)
		}
		v.put(big)
		return v.bounded(want{verify: codes{vault.HeadForged}})
	}},
	{name: "links", do: func(v *victim) want {
		many := dump{}
		for i := range 300 {
			many[fmt.Sprintf("l/%010d/link", 10_000+i)] = make([]byte, 1<<12)
		}
		v.put(many)
		return v.bounded(want{verify: codes{vault.HeadForged}})
	}},
	{name: "a slot", do: func(v *victim) want {
		key := v.aSlot(v.dump(v.dir))
		v.put(dump{key: bytes.Repeat([]byte("-> x\n"), 700_000)})
		return v.bounded(want{open: codes{vault.SlotTampered}})
	}},
	{name: "a copy of a slot", do: func(v *victim) want {
		copied, err := filepath.Glob(filepath.Join(v.dir, "slots", "*"))
		v.must(err)
		v.grown(copied[0], 8<<30)
		return v.bounded(want{verify: codes{vault.SlotTampered}, undo: true})
	}},
	{name: "a file of the database", do: func(v *victim) want {
		files, err := filepath.Glob(filepath.Join(v.dir, "db", "*"))
		v.must(err)
		path := files[v.rng.IntN(len(files))]
		v.grown(path, []int64{32 << 20, 1 << 30, 100 << 30}[v.rng.IntN(3)])
		return v.bounded(want{loose: true})
	}},
	// The last bytes of a table say how long its index is.
	{name: "the index of a table", do: func(v *victim) want {
		tables, err := filepath.Glob(filepath.Join(v.dir, "db", "*.sst"))
		v.must(err)
		path := tables[v.rng.IntN(len(tables))]
		b, err := os.ReadFile(path)
		v.must(err)
		sum := int(binary.BigEndian.Uint32(b[len(b)-4:]))
		tail := bytes.Clone(b[len(b)-4-sum-4:])
		const size = 1<<30 - 1<<20
		binary.BigEndian.PutUint32(tail, size-1<<16)
		v.grown(path, 0)
		v.grown(path, size)
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		v.must(err)
		_, err = f.Write(tail)
		v.must(err)
		v.must(f.Close())
		return v.bounded(want{open: codes{vault.Corrupt}})
	}},
	// Numbers in it that lead anywhere, and checksums that fit.
	{name: "the inside of a table", do: func(v *victim) want {
		v.forged(forge.Kinds[v.rng.IntN(len(forge.Kinds))])
		return v.bounded(want{loose: true})
	}},
	{name: "a file of the database that is new", do: func(v *victim) want {
		name := []string{"000077.sst", "00077.mem", "000077.vlog", "DISCARD", "MANIFEST-REWRITE", "LOCK", "junk"}[v.rng.IntN(7)]
		v.grown(filepath.Join(v.dir, "db", name), []int64{1 << 20, 1 << 30, 100 << 30}[v.rng.IntN(3)])
		return v.bounded(want{loose: true})
	}},
	{name: "many files", do: func(v *victim) want {
		form := []string{"db/%05d.mem", "db/%06d.sst", "db/%06d.vlog", "db/x%d", "slots/%02d-x.age", "x%d"}[v.rng.IntN(6)]
		for i := range 2000 {
			v.must(os.WriteFile(filepath.Join(v.dir, fmt.Sprintf(form, 100+i)), make([]byte, 20), 0o600))
		}
		return v.bounded(want{loose: true})
	}},
	{name: "the lock", do: func(v *victim) want {
		v.grown(filepath.Join(v.dir, "lock"), 100<<30)
		return v.bounded(want{loose: true})
	}},
}}

// grown makes a file that long, without writing.
func (v *victim) grown(path string, size int64) {
	v.t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	v.must(err)
	if err := f.Truncate(size); err != nil {
		v.t.Skipf("this file system holds no file of %d bytes: %v", size, err)
	}
	v.must(f.Close())
}

// large puts a value into the database that the store would not take.
func (v *victim) large(key string, size int) {
	v.t.Helper()
	v.close()
	o := badger.DefaultOptions(filepath.Join(v.dir, "db")).WithMemTableSize(8 << 20).WithBaseTableSize(8 << 20).
		WithValueThreshold(64 << 10).WithValueLogFileSize(1 << 30).WithNumMemtables(1).WithNumCompactors(2).
		WithCompression(options.None).WithBlockCacheSize(0).WithIndexCacheSize(0).WithLogger(nil)
	db, err := badger.Open(o)
	v.must(err)
	err = db.Update(func(txn *badger.Txn) error { return txn.Set([]byte(key), make([]byte, size)) })
	v.must(err)
	v.must(db.Close())
}

// bounded adds that the program does not take more time and memory than it may.
func (v *victim) bounded(w want) want {
	w.check = func(v *victim) {
		for _, args := range [][]string{{"get", liveA}, {"ls"}, {"verify"}, {"get", never}} {
			r := v.tacit("", args...)
			v.cheap(args[0], r, 30*time.Second)
			if args[0] == "get" && r.exit == 0 && r.out != v.truth[args[1]].current().data {
				v.t.Errorf("%v prints what is not the truth", args)
			}
		}
	}
	return w
}
