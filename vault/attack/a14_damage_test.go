package attack

import (
	"bytes"
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/forge"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault"
)

// damage is A14: any file is changed, cut, removed or added.
var damage = attack{"A14", "corrupt, truncate, remove, add any file", []kind{
	{name: "bytes are changed", do: func(v *victim) want {
		return v.spoil(func(b []byte) []byte {
			for range 1 + v.rng.IntN(8) {
				b[v.rng.IntN(len(b))] ^= byte(1 + v.rng.IntN(255))
			}
			return b
		})
	}},
	{name: "a stretch is zeroed", do: func(v *victim) want {
		return v.spoil(func(b []byte) []byte {
			from := v.rng.IntN(len(b))
			clear(b[from:min(len(b), from+1+v.rng.IntN(4096))])
			return b
		})
	}},
	{name: "a table, under right checksums", do: func(v *victim) want {
		v.forged(forge.Kinds[v.rng.IntN(len(forge.Kinds))])
		return want{loose: true}
	}},
	{name: "the end is cut off", do: func(v *victim) want {
		return v.spoil(func(b []byte) []byte { return b[:v.rng.IntN(len(b))] })
	}},
	{name: "something is added at the end", do: func(v *victim) want {
		return v.spoil(func(b []byte) []byte {
			return append(b, bytes.Repeat([]byte{byte(v.rng.IntN(256))}, 1+v.rng.IntN(9000))...)
		})
	}},
	{name: "another file's bytes", do: func(v *victim) want {
		files := v.files()
		other, err := os.ReadFile(files[v.rng.IntN(len(files))])
		v.must(err)
		return v.spoil(func([]byte) []byte { return other })
	}},
	{name: "a file is removed", do: func(v *victim) want {
		files := v.files()
		path := files[v.rng.IntN(len(files))]
		v.must(os.Remove(path))
		w := want{loose: true}
		if filepath.Base(path) == "VAULT" {
			w = want{open: codes{vault.Corrupt}}
		}
		return w
	}},
	{name: "a folder is removed", do: func(v *victim) want {
		name := []string{"db", "slots"}[v.rng.IntN(2)]
		v.must(os.RemoveAll(filepath.Join(v.dir, name)))
		if name == "slots" {
			return want{verify: codes{vault.SlotTampered}, undo: true}
		}
		return want{open: codes{vault.Missing}}
	}},
	{name: "all of it is removed", do: func(v *victim) want {
		for _, path := range v.files() {
			v.must(os.Remove(path))
		}
		v.must(os.RemoveAll(filepath.Join(v.dir, "db")))
		return want{open: codes{vault.VaultMissing}}
	}},
	{name: "something else in its place", do: func(v *victim) want {
		return v.passedBy(v.instead, vault.VaultMissing)
	}},
	{name: "a link in its place", do: func(v *victim) want {
		return v.passedBy(func(mine string) {
			target := []string{"nothing", ".tacit", filepath.Join(v.root, ".tacit")}[v.rng.IntN(3)]
			v.must(os.RemoveAll(mine))
			v.must(os.Symlink(target, mine))
		}, vault.Unsafe)
	}},
	{name: "files that mean nothing", do: func(v *victim) want {
		for _, name := range []string{"VAULT.new", "core", "db/000001.tmp", "db/x", "slots/readme", ".hidden", "db/.sst"} {
			if v.rng.IntN(2) == 0 {
				v.must(os.WriteFile(filepath.Join(v.dir, name), []byte("canary"), 0o600))
			}
		}
		return want{loose: true}
	}},
	{name: "files that look like the database's", do: func(v *victim) want {
		names := []string{"000099.sst", "00007.mem", "000009.vlog", "MANIFEST-REWRITE", "LOCK", "DISCARD", "1.sst", "00000.mem"}
		b := [][]byte{nil, []byte("canary"), bytes.Repeat([]byte{0}, 1<<12)}[v.rng.IntN(3)]
		v.must(os.WriteFile(filepath.Join(v.dir, "db", names[v.rng.IntN(len(names))]), b, 0o600))
		return want{loose: true}
	}},
	{name: "a hint about the tables", do: func(v *victim) want {
		// Where tables lie one above the other, as old as they are, each may hide.
		v.levels(func(byAge []uint64, level map[uint64]int) {
			for i, id := range byAge {
				level[id] = max(0, badgerfiles.BadgerLevels-len(byAge)+i) // one on each level
			}
		})
		v.lie()
		return want{}
	}},
	{name: "a hint, and where the tables lie", do: func(v *victim) want {
		v.levels(func(byAge []uint64, level map[uint64]int) {
			v.rng.Shuffle(len(byAge), func(i, j int) { byAge[i], byAge[j] = byAge[j], byAge[i] })
			for i, id := range byAge {
				level[id] = (1 + i) % badgerfiles.BadgerLevels
			}
		})
		v.lie()
		return want{loose: true}
	}},
	{name: "a hint that is none", do: func(v *victim) want {
		b := [][]byte{nil, []byte("canary"), []byte("tacit-ranges 1\n"), forge.Ranges(nil), bytes.Repeat([]byte{0}, 1<<20)}[v.rng.IntN(5)]
		v.must(os.WriteFile(v.inDatabase(badgerfiles.RangesName), b, 0o600))
		return want{}
	}},
	{name: "what the lock says", do: func(v *victim) want {
		text := []string{"open 7                         \n", "open 2147483647                \n", "closed", "canary"}[v.rng.IntN(4)]
		v.must(os.WriteFile(filepath.Join(v.dir, "lock"), []byte(text), 0o600))
		return want{loose: true}
	}},
}}

func (v *victim) inDatabase(name string) string {
	return filepath.Join(v.dir, storedir.DatabaseName, name)
}

// levels has the MANIFEST say that the tables lie elsewhere. The newest come first.
func (v *victim) levels(move func(byAge []uint64, level map[uint64]int)) {
	v.t.Helper()
	v.close()
	s, err := badgerfiles.Read(v.inDatabase(""))
	v.must(err)
	v.must(s.ReadManifest())
	level := s.Manifest.Tables
	byAge := slices.SortedFunc(maps.Keys(level), func(a, b uint64) int {
		return cmp.Or(cmp.Compare(level[a], level[b]), cmp.Compare(b, a))
	})
	move(byAge, level)
	v.must(os.WriteFile(v.inDatabase(badgerfiles.ManifestName), s.Manifest.Encode(), 0o600))
}

// lie leaves a hint by which keys lie elsewhere than they do.
func (v *victim) lie() {
	v.t.Helper()
	keys := slices.Collect(maps.Keys(v.dump(v.dir)))
	slices.Sort(keys)
	v.must(forge.Lie(v.inDatabase(""), v.rng, func() string { return keys[v.rng.IntN(len(keys))] }))
}

// forged makes one of the database's tables wrong, and right by its checksums.
func (v *victim) forged(kind forge.Kind) {
	v.t.Helper()
	v.close()
	tables, err := filepath.Glob(filepath.Join(v.dir, "db", "*.sst"))
	v.must(err)
	path := tables[v.rng.IntN(len(tables))]
	b, err := os.ReadFile(path)
	v.must(err)
	b, err = kind.Table(b, v.rng)
	v.must(err)
	v.must(os.WriteFile(path, b, 0o600))
}

// spoil changes the bytes of one file.
func (v *victim) spoil(change func([]byte) []byte) want {
	v.t.Helper()
	for {
		files := v.files()
		path := files[v.rng.IntN(len(files))]
		b, err := os.ReadFile(path)
		v.must(err)
		if len(b) == 0 {
			continue
		}
		v.must(os.WriteFile(path, change(b), 0o600))
		return want{loose: true}
	}
}
