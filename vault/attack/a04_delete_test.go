package attack

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault"
)

// deletions are A4: something is taken away.
var deletions = attack{"A4", "delete a record", []kind{
	{name: "the current one", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.current(liveA): nil})
		return missing(liveA)
	}},
	{name: "every version", do: func(v *victim) want {
		d, none := v.dump(v.dir), dump{}
		for _, key := range d.records(hist) {
			none[key] = nil
		}
		v.put(none)
		return missing(hist)
	}},
	{name: "an older version", do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.records(long)
		v.put(dump{keys[v.rng.IntN(len(keys)-1)]: nil})
		return want{history: map[string]codes{long: {vault.Missing}}, verify: codes{vault.Missing}}
	}},
	{name: "the deletion", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.current(gone): nil})
		return want{reads: map[string]codes{gone: {vault.Resurrected}}, verify: codes{vault.Resurrected}}
	}},
	{name: "all of a deleted name", do: func(v *victim) want {
		d, none := v.dump(v.dir), dump{}
		for _, key := range d.records(gone) {
			none[key] = nil
		}
		v.put(none)
		return want{reads: map[string]codes{gone: {vault.Resurrected}}, verify: codes{vault.Resurrected}}
	}},
	{name: "all records", do: func(v *victim) want {
		d, none := v.dump(v.dir), dump{}
		for _, key := range d.keys("s/") {
			none[key] = nil
		}
		v.put(none)
		w := missing(liveA)
		w.others = codes{vault.Missing, vault.Resurrected}
		return w
	}},
	{name: "a node of the index", do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.keys("i")
		v.put(dump{keys[v.rng.IntN(len(keys))]: nil})
		return want{others: codes{vault.Missing}, verify: codes{vault.Missing}}
	}},
	{name: "the root of the index", do: func(v *victim) want {
		v.put(dump{"i\x00": nil})
		w := missing(liveA)
		w.others = codes{vault.Missing}
		return w
	}},
	{name: "the head", do: func(v *victim) want {
		v.put(dump{"z": nil})
		return want{open: codes{vault.Missing}}
	}},
	{name: "an entry of the log", do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.keys("l/")
		v.put(dump{keys[v.rng.IntN(len(keys))]: nil})
		return want{verify: codes{vault.Missing, vault.HeadForged}}
	}},
	{name: "the log", do: func(v *victim) want {
		d, none := v.dump(v.dir), dump{}
		for _, key := range d.keys("l/") {
			none[key] = nil
		}
		v.put(none)
		return want{verify: codes{vault.Missing, vault.HeadForged}}
	}},
	{name: "the vault beside the work", do: func(v *victim) want {
		return v.passedBy(func(mine string) { v.must(os.RemoveAll(mine)) }, vault.VaultMissing)
	}},
	{name: "what makes it a vault", do: func(v *victim) want {
		return v.passedBy(func(mine string) {
			v.must(errors.Join(os.RemoveAll(filepath.Join(mine, "db")), os.Remove(filepath.Join(mine, "VAULT"))))
		}, vault.VaultMissing)
	}},
	{name: "everything", do: func(v *victim) want {
		none := dump{}
		for key := range v.dump(v.dir) {
			none[key] = nil
		}
		v.put(none)
		return want{open: codes{vault.Missing}}
	}},
}}

func missing(name string) want {
	return want{reads: map[string]codes{name: {vault.Missing}}, verify: codes{vault.Missing}}
}
