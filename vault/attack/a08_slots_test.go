package attack

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
)

// slotAttacks are A8: the ways into the vault are changed.
var slotAttacks = attack{"A8", "add, remove, replay, reorder slots", []kind{
	{name: "one is added", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{slotKey(v.headOf(d).NextSlot): d[d.keys("k/")[0]]})
		return want{verify: codes{vault.SlotTampered}}
	}},
	{name: "one of the attacker's is added", do: func(v *victim) want {
		d := v.dump(v.dir)
		id, _, lock := cryptotest.NewKey(v.t, v.fl.hybrid)
		file, err := crypto.MakeSlot(id, lock)
		v.must(err)
		v.put(dump{slotKey(v.headOf(d).NextSlot + uint32(v.rng.IntN(9))): file})
		return want{verify: codes{vault.SlotTampered}}
	}},
	{name: "one is removed", do: func(v *victim) want {
		v.put(dump{v.aSlot(v.dump(v.dir)): nil})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "one is changed", do: func(v *victim) want {
		d := v.dump(v.dir)
		key := v.aSlot(d)
		file := bytes.Clone(d[key])
		file[v.rng.IntN(len(file))] ^= 1 << v.rng.IntN(8)
		v.put(dump{key: file})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "one that was removed is put back", do: func(v *victim) want {
		// "spare" was there in the second copy.
		d, old := v.dump(v.dir), v.dump(v.past[1].dir)
		for _, s := range v.headOf(old).Slots {
			if s.Label == "spare" {
				v.put(dump{slotKey(s.ID): old[slotKey(s.ID)]})
				if d[slotKey(s.ID)] != nil {
					v.t.Fatal("it is there")
				}
			}
		}
		return want{verify: codes{vault.SlotTampered}}
	}},
	{name: "one that was removed in the place of another", do: func(v *victim) want {
		d, old := v.dump(v.dir), v.dump(v.past[1].dir)
		keys := old.keys("k/")
		v.put(dump{v.aSlot(d): old[keys[len(keys)-1]]})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "two are exchanged", needs: func(f *flavour) { f.phrase = true }, do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.keys("k/")
		v.put(dump{keys[0]: d[keys[1]], keys[1]: d[keys[0]]})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "one of another vault of the same user", do: func(v *victim) want {
		d := v.dump(v.dir)
		dir := filepath.Join(v.root, "other")
		v.another().build(v, dir)
		v.put(dump{d.keys("k/")[0]: v.dump(dir)[slotKey(1)]})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "one from before a rotation", needs: rotated, do: func(v *victim) want {
		d, old := v.dump(v.dir), v.dump(v.past[0].dir)
		v.put(dump{d.keys("k/")[0]: old[old.keys("k/")[0]]})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "a key that is no slot's", do: func(v *victim) want {
		v.put(dump{[]string{"k/", "k/x", "k/99999999999", "k/1"}[v.rng.IntN(4)]: []byte("canary")})
		return want{verify: codes{vault.SlotTampered}}
	}},
	{name: "the slot table is edited", do: func(v *victim) want {
		d := v.dump(v.dir)
		slots := v.headOf(d).Slots
		s := slots[v.rng.IntN(len(slots))]
		var edited []byte
		switch v.rng.IntN(3) {
		case 0:
			edited = bytes.Replace(d["z"], []byte(s.Label), bytes.Repeat([]byte("z"), len(s.Label)), 1)
		case 1:
			edited = bytes.Replace(d["z"], s.Sum[:], make([]byte, len(s.Sum)), 1)
		default: // a recipient of the attacker's: what a rotation would seal to
			edited = bytes.Replace(d["z"], []byte(slots[0].Recipient), bytes.Repeat([]byte("q"), len(slots[0].Recipient)), 1)
		}
		v.put(dump{"z": edited})
		return want{open: codes{vault.HeadForged}}
	}},
	{name: "the copies", do: func(v *victim) want {
		copied, err := filepath.Glob(filepath.Join(v.dir, "slots", "*"))
		v.must(err)
		path := copied[v.rng.IntN(len(copied))]
		b, err := os.ReadFile(path)
		v.must(err)
		switch v.rng.IntN(3) {
		case 0:
			v.must(os.Remove(path))
		case 1:
			v.must(os.WriteFile(path, b[:len(b)/2], 0o600))
		default:
			b[v.rng.IntN(len(b))] ^= 1
			v.must(os.WriteFile(path, b, 0o600))
		}
		return want{verify: codes{vault.SlotTampered}, undo: true}
	}},
	{name: "a copy too many", do: func(v *victim) want {
		id, _, lock := cryptotest.NewKey(v.t, v.fl.hybrid)
		file, err := crypto.MakeSlot(id, lock)
		v.must(err)
		v.must(os.WriteFile(filepath.Join(v.dir, "slots", "77-identity.age"), file, 0o600))
		return want{undo: true, also: codes{vault.SlotTampered}}
	}},
}}

func (v *victim) headOf(d dump) *crypto.SignedHead {
	v.t.Helper()
	h, err := crypto.ParseHead(d["z"])
	v.must(err)
	return h
}

func (v *victim) aSlot(d dump) string {
	keys := d.keys("k/")
	return keys[v.rng.IntN(len(keys))]
}
