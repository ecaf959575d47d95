package attack

import (
	"fmt"

	"github.com/tacit-vault/tacit/vault"
)

// swaps are A1: a value stands where another should.
var swaps = attack{"A1", "swap or rename values", []kind{
	{name: "two values", do: func(v *victim) want {
		d := v.dump(v.dir)
		a, b := d.current(liveA), d.current(liveB)
		v.put(dump{a: d[b], b: d[a]})
		return want{reads: map[string]codes{liveA: {vault.Swapped}, liveB: {vault.Swapped}}, verify: codes{vault.Swapped}}
	}},
	{name: "one value over another", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.current(liveA): d[d.current(liveB)]})
		return want{reads: map[string]codes{liveA: {vault.Swapped}}, verify: codes{vault.Swapped}}
	}},
	{name: "values of two kinds", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.current(liveC): d[d.current(hist)]})
		return want{reads: map[string]codes{liveC: {vault.Swapped}}, verify: codes{vault.Swapped}}
	}},
	{name: "two versions", do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.records(hist)
		old, now := keys[v.rng.IntN(len(keys)-1)], d.current(hist)
		v.put(dump{old: d[now], now: d[old]})
		return want{reads: map[string]codes{hist: {vault.Replayed}}, verify: codes{vault.Replayed}}
	}},
	{name: "two older versions", do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.records(long)
		i := v.rng.IntN(len(keys) - 2)
		v.put(dump{keys[i]: d[keys[i+1]], keys[i+1]: d[keys[i]]})
		return want{history: map[string]codes{long: {vault.Replayed}}, verify: codes{vault.Replayed}}
	}},
	{name: "a deletion and a value", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.current(gone): d[d.current(liveA)]})
		return want{reads: map[string]codes{gone: {vault.Swapped}}, verify: codes{vault.Swapped}}
	}},
	{name: "renamed", do: func(v *victim) want {
		d := v.dump(v.dir)
		n := v.truth[liveA].version()
		v.put(dump{fmt.Sprintf("s/%s/%010d/%010d", never, n, v.present().seq): d[d.current(liveA)], d.current(liveA): nil})
		return want{
			reads:  map[string]codes{liveA: {vault.Missing}, never: {vault.Resurrected}},
			verify: codes{vault.Missing}, also: codes{vault.Resurrected}, // what lies under the false name
		}
	}},
	{name: "copied to a name that never was", do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{fmt.Sprintf("s/%s/%010d/%010d", never, 1+v.rng.IntN(3), v.present().seq): d[d.current(liveA)]})
		return want{reads: map[string]codes{never: {vault.Resurrected}}, verify: codes{vault.Resurrected}}
	}},
	{name: "under another commit", do: func(v *victim) want {
		d := v.dump(v.dir)
		n := v.truth[liveA].version()
		v.put(dump{fmt.Sprintf("s/%s/%010d/%010d", liveA, n, v.present().seq+uint64(1+v.rng.IntN(5))): d[d.current(liveA)], d.current(liveA): nil})
		return want{reads: map[string]codes{liveA: {vault.Missing}}, verify: codes{vault.Missing}, also: codes{vault.Resurrected}}
	}},
	{name: "of another vault of the same user", do: func(v *victim) want {
		d := v.dump(v.dir)
		other := v.imitate(d, v.present().seq)
		dir := v.root + "/other"
		other.build(v, dir)
		theirs := v.dump(dir)
		v.put(dump{d.current(liveB): theirs[theirs.current(liveB)]})
		// Its name, version and commit may be what they should, or not.
		return want{reads: map[string]codes{liveB: {vault.Forged, vault.Replayed}}, verify: codes{vault.Forged, vault.Replayed}}
	}},
}}
