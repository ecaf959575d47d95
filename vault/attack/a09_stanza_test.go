package attack

import (
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
)

// stanzas are A9: the header of an age file is changed.
var stanzas = attack{"A9", "add a recipient or a stanza to a value", []kind{
	{name: "the attacker's recipient is added", do: func(v *victim) want { return v.restanza(v.extraStanza(), false) }},
	{name: "it is added, with the file key known", do: func(v *victim) want { return v.restanza(v.extraStanza(), true) }},
	{name: "a stanza that means nothing is added", do: func(v *victim) want {
		return v.restanza("-> xyz-grease a b c\n\n", v.rng.IntN(2) == 0)
	}},
	{name: "ours is there twice", do: func(v *victim) want {
		return v.restanza(v.takeApart(v.recordOf(liveA)).stanzas[1], v.rng.IntN(2) == 0)
	}},
	{name: "ours is dropped", do: func(v *victim) want {
		return v.restanzas(true, func(s []string) []string { return s[:1] })
	}},
	{name: "they are exchanged", do: func(v *victim) want {
		return v.restanzas(true, func(s []string) []string { return []string{s[1], s[0]} })
	}},
	{name: "the recipient is exchanged for the attacker's", do: func(v *victim) want {
		extra := v.extraStanza()
		w := v.restanzas(true, func(s []string) []string { return []string{extra, s[1]} })
		// In form it is a record.
		w.reads[liveA] = codes{vault.Forged, vault.Corrupt}
		w.verify = w.reads[liveA]
		return w
	}},
	{name: "of an older version", do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.records(long)
		key := keys[v.rng.IntN(len(keys)-1)]
		f := v.takeApart(d[key])
		f.stanzas = slices.Insert(f.stanzas, 1, v.extraStanza())
		v.put(dump{key: f.bytes()})
		return want{history: map[string]codes{long: {vault.Replayed}}, verify: codes{vault.Replayed}}
	}},
	{name: "of a slot", do: func(v *victim) want {
		d := v.dump(v.dir)
		key := v.aSlot(d)
		f := v.takeApart(d[key])
		f.stanzas = slices.Insert(f.stanzas, v.rng.IntN(2), v.extraStanza())
		v.put(dump{key: f.bytes()})
		return want{open: codes{vault.SlotTampered}}
	}},
}}

func (v *victim) recordOf(name string) []byte {
	d := v.dump(v.dir)
	return d[d.current(name)]
}

// extraStanza is the stanza of a file that is sealed to the attacker.
func (v *victim) extraStanza() string {
	v.t.Helper()
	id, _, _ := cryptotest.NewKey(v.t, v.fl.hybrid)
	_, r, err := ageIdentity(id)
	v.must(err)
	return v.takeApart(v.sealTo(r, ours{[]string{"v1"}, make([]byte, 32)}, nil)).stanzas[0]
}

// restanza adds a stanza to a record, at any place. With the file key known the
// header's MAC is made to fit.
func (v *victim) restanza(extra string, macked bool) want {
	return v.restanzas(macked, func(s []string) []string { return slices.Insert(s, v.rng.IntN(len(s)+1), extra) })
}

func (v *victim) restanzas(macked bool, change func([]string) []string) want {
	v.t.Helper()
	d := v.dump(v.dir)
	key := d.current(liveA)
	f := v.takeApart(d[key])
	f.stanzas = change(f.stanzas)
	if macked {
		f = f.macked(v.fileKey(v.stolen(d), d[key]))
	}
	if _, err := crypto.ParseRecord(f.bytes()); err == nil && len(f.stanzas) != 2 {
		v.t.Error("it parses as a record")
	}
	v.put(dump{key: f.bytes()})
	return want{reads: map[string]codes{liveA: {vault.Corrupt}}, verify: codes{vault.Corrupt}}
}
