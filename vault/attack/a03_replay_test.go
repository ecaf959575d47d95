package attack

import (
	"github.com/tacit-vault/tacit/vault"
)

// replays are A3: one value is put back, with more and more around it.
var replays = attack{"A3", "roll one value back", []kind{
	{name: "the record", do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.records(hist)
		v.put(dump{d.current(hist): d[keys[v.rng.IntN(len(keys)-1)]]})
		return want{reads: map[string]codes{hist: {vault.Replayed}}, verify: codes{vault.Replayed}}
	}},
	{name: "the record, from before a rotation", needs: rotated, do: func(v *victim) want {
		old, d := v.dump(v.past[1].dir), v.dump(v.dir)
		v.put(dump{d.current(liveB): old[old.current(liveB)]})
		return want{reads: map[string]codes{liveB: {vault.Replayed}}, verify: codes{vault.Replayed}}
	}},
	{name: "record and leaf", do: func(v *victim) want {
		return v.replayWith(func(key string, old, now []byte) bool { return key[0] == 'i' && old != nil && now[1] == 1 })
	}},
	{name: "record and index", do: func(v *victim) want {
		return v.replayWith(func(key string, old, now []byte) bool { return key[0] == 'i' })
	}},
	{name: "record, index and head", do: func(v *victim) want {
		w := v.replayWith(func(key string, old, now []byte) bool { return key[0] == 'i' || key == "z" })
		return want{open: codes{vault.RolledBack}, check: w.check}
	}},
	{name: "head alone", do: func(v *victim) want {
		v.replayWith(func(key string, old, now []byte) bool { return key == "z" })
		return want{open: codes{vault.RolledBack}}
	}},
	{name: "everything but the log and the slots", do: func(v *victim) want {
		v.replayWith(func(key string, old, now []byte) bool { return key[0] != 'l' && key[0] != 'k' })
		return want{open: codes{vault.RolledBack}}
	}},
}}

func rotated(f *flavour) { f.rotated = true }

// replayWith puts HIST's record of an earlier moment back, and with it what
// which picks of the entries that differ.
func (v *victim) replayWith(which func(key string, old, now []byte) bool) want {
	past := v.before(true)
	old, d := v.dump(past.dir), v.dump(v.dir)
	back := dump{old.current(hist): old[old.current(hist)]}
	for key, now := range d {
		if was := old[key]; string(was) != string(now) && which(key, was, now) {
			back[key] = was
		}
	}
	for key, was := range old {
		if _, is := d[key]; !is && which(key, was, was) {
			back[key] = was
		}
	}
	v.put(back)
	c := codes{vault.IndexTampered, vault.Missing}
	return want{reads: map[string]codes{hist: c}, others: c, verify: c}
}
