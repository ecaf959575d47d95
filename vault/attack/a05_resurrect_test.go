package attack

import (
	"fmt"

	"github.com/tacit-vault/tacit/vault"
)

// resurrections are A5: what was deleted comes back.
var resurrections = attack{"A5", "resurrect a deleted record", []kind{
	{name: "the deletion is removed", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.current(gone): nil})
		return resurrected(gone)
	}},
	{name: "the value takes its place", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.current(gone): d[d.records(gone)[0]]})
		return resurrected(gone)
	}},
	{name: "the deletion is emptied", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.current(gone): {}})
		return want{reads: map[string]codes{gone: {vault.Corrupt}}, verify: codes{vault.Corrupt}}
	}},
	{name: "the value as a later version", do: func(v *victim) want {
		d := v.dump(v.dir)
		n := v.truth[gone].version() + uint64(1+v.rng.IntN(3))
		v.put(dump{fmt.Sprintf("s/%s/%010d/%010d", gone, n, v.present().seq+1): d[d.records(gone)[0]]})
		return resurrected(gone)
	}},
	{name: "what was purged", do: func(v *victim) want {
		old := v.dump(v.past[0].dir)
		v.put(dump{old.current(purged): old[old.current(purged)]})
		return resurrected(purged)
	}},
	{name: "with its leaf", do: func(v *victim) want {
		old, d, back := v.dump(v.before(true).dir), v.dump(v.dir), dump{}
		for _, key := range d.keys("i") {
			if was := old[key]; was != nil && string(was) != string(d[key]) {
				back[key] = was
			}
		}
		for _, key := range d.records(gone) {
			if old[key] == nil {
				back[key] = nil
			}
		}
		v.put(back)
		c := codes{vault.IndexTampered, vault.Missing}
		return want{reads: map[string]codes{gone: c}, others: c, verify: c}
	}},
	{name: "a version that is no longer kept", do: func(v *victim) want {
		old := v.dump(v.past[0].dir)
		d := v.dump(v.dir)
		key := old.records(long)[0]
		// The kept ones began further back then only if more were set since.
		if d[key] != nil {
			key = fmt.Sprintf("s/%s/%010d/%010d", long, 1, 2)
		}
		v.put(dump{key: old[old.records(long)[0]]})
		return prevented(vault.Resurrected)
	}},
	{name: "behind a batch that looks unfinished", do: func(v *victim) want {
		old := v.dump(v.past[0].dir)
		v.put(dump{old.current(purged): old[old.current(purged)], "p": fmt.Append(nil, v.present().seq+1)})
		return want{undo: true}
	}},
}}

func resurrected(name string) want {
	return want{reads: map[string]codes{name: {vault.Resurrected}}, verify: codes{vault.Resurrected}}
}
