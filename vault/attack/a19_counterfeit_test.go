package attack

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// counterfeits are A19: the vault's own id, and the attacker's identity.
var counterfeits = attack{"A19", "the same id with another identity", []kind{
	{name: "as old", do: func(v *victim) want { return v.counterfeit(v.present().seq) }},
	{name: "older", do: func(v *victim) want { return v.counterfeit(1 + uint64(v.rng.IntN(int(v.present().seq-1)))) }},
	{name: "newer", do: func(v *victim) want { return v.counterfeit(v.present().seq + uint64(1+v.rng.IntN(40))) }},
	{name: "as new as a commit that was stopped before it was marked as made", do: func(v *victim) want {
		v.unmarked()
		return v.counterfeit(v.present().seq)
	}},
	{name: "with the true log", do: func(v *victim) want {
		log := v.dump(v.dir)
		w := v.counterfeit(v.present().seq + uint64(1+v.rng.IntN(9)))
		change := dump{}
		for _, key := range log.keys("l/") {
			change[key] = log[key]
		}
		v.put(change)
		return w
	}},
	{name: "with a link", do: func(v *victim) want {
		head := v.headOf(v.dump(v.dir))
		seq := v.present().seq + 1
		t := v.imitate(v.dump(v.dir), seq+uint64(v.rng.IntN(5)))
		_, keys := t.build(v, v.dir)
		link, err := keys.SignLink(crypto.Link{Seq: seq, Prev: head.Digest(), New: keys.Pin()})
		v.must(err)
		link.Old = head.Pin // as if the old key had signed it
		v.put(dump{fmt.Sprintf("l/%010d/link", seq): link.Marshal()})
		return want{open: codes{vault.Substituted}}
	}},
	{name: "its head over the true vault", do: func(v *victim) want {
		d := v.dump(v.dir)
		t := v.imitate(d, v.present().seq+1)
		dir := filepath.Join(v.root, "other")
		t.build(v, dir)
		v.put(dump{"z": v.dump(dir)["z"]})
		return want{open: codes{vault.Substituted}}
	}},
	{name: "where nobody saw the true one", do: func(v *victim) want {
		v.counterfeit(v.present().seq)
		return want{unmet: true, check: func(v *victim) {
			o := v.options(reader)
			o.State = filepath.Join(v.root, "state-2")
			o.Expect = v.present().pin
			_, err := vault.Open(context.Background(), v.dir, o)
			v.has(err, vault.Substituted)
			o.Expect = ""
			h, err := vault.Open(context.Background(), v.dir, o)
			v.must(err)
			if !h.Status().New {
				v.t.Error("it is not said to be new")
			}
			v.must(h.Close())
		}}
	}},
}}

// counterfeit puts a vault of the attacker's identity, with the true one's id, in
// its place.
func (v *victim) counterfeit(seq uint64) want {
	v.t.Helper()
	v.imitate(v.dump(v.dir), seq).build(v, v.dir)
	return want{open: codes{vault.Substituted}}
}
