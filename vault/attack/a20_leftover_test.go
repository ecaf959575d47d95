package attack

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// leftovers are A20: what looks like the leavings of something unfinished.
var leftovers = attack{"A20", "leftovers of a batch or a rotation", []kind{
	{name: "p alone", do: func(v *victim) want {
		seq := v.present().seq
		p := []string{fmt.Sprint(seq + 1), fmt.Sprint(seq), "1", "3", "9999999999", "junk", "-1", strings.Repeat("9", 5000), "", "clean"}
		v.put(dump{"p": []byte(p[v.rng.IntN(len(p))])})
		return want{undo: true}
	}},
	{name: "p at a rotation", needs: rotated, do: func(v *victim) want {
		for _, key := range v.dump(v.dir).keys("l/") {
			if strings.HasSuffix(key, "/link") {
				v.put(dump{"p": []byte(strings.TrimLeft(key[2:12], "0"))})
			}
		}
		return want{undo: true}
	}},
	{name: "a batch, stopped anywhere", do: func(v *victim) want {
		v.put(v.some1(v.leavings(false), v.rng.IntN(3)))
		v.put(dump{"p": fmt.Append(nil, v.present().seq+1)})
		return want{undo: true}
	}},
	{name: "a rotation, stopped anywhere", needs: unphrased, do: func(v *victim) want {
		v.put(v.some1(v.leavings(true), v.rng.IntN(3)))
		v.put(dump{"p": fmt.Append(nil, v.present().seq+1)})
		return want{undo: true}
	}},
	{name: "a batch, without p", do: func(v *victim) want {
		v.put(v.leavings(false))
		return want{
			reads: map[string]codes{never: {vault.Resurrected}, gone: {vault.Resurrected}}, verify: codes{vault.Resurrected},
			also: codes{vault.IndexTampered},
		}
	}},
	{name: "a rotation, without p", needs: unphrased, do: func(v *victim) want {
		v.put(v.leavings(true))
		// Records of another commit lie under names that are there, and under deleted ones.
		return want{
			others: codes{vault.Resurrected}, verify: codes{vault.Resurrected}, also: codes{vault.SlotTampered, vault.IndexTampered},
		}
	}},
	{name: "the records of a batch, later", do: func(v *victim) want {
		left := v.leavings(false)
		v.later()
		for key := range left {
			if key[0] == 'i' {
				delete(left, key)
			}
		}
		v.put(left)
		v.put(dump{"p": fmt.Append(nil, v.present().seq+1)})
		return want{undo: true}
	}},
	{name: "all of a batch, later", do: func(v *victim) want {
		left := v.leavings(v.phrase == nil && v.rng.IntN(2) == 0)
		v.later()
		v.put(left)
		if v.rng.IntN(2) == 0 {
			v.put(dump{"p": fmt.Append(nil, v.present().seq+1)})
		}
		return want{loose: true}
	}},
	{name: "nodes with a false half", do: func(v *victim) want {
		change := dump{}
		d := v.dump(v.dir)
		for _, key := range d.keys("i") {
			junk := []byte(strings.Repeat("junk", 1+v.rng.IntN(300)))
			if v.rng.IntN(2) == 0 {
				change[key] = dual(junk, body(d[key]))
			} else {
				change[key] = dual(body(d[key]), junk)
			}
		}
		change["p"] = fmt.Append(nil, v.present().seq+1)
		v.put(change)
		return want{undo: true}
	}},
	{name: "keys that are no record's", do: func(v *victim) want {
		change := dump{"p": fmt.Append(nil, v.present().seq+1)}
		for _, key := range []string{"s/", "s/x", "s/" + never + "/1/1", "s/" + never + "/0000000001/zzzzzzzzzz", "i\x01", "i\xff\xff", "k/x"} {
			if v.rng.IntN(2) == 0 {
				change[key] = []byte("canary")
			}
		}
		v.put(change)
		return want{undo: true}
	}},
	{name: "a link of a stranger's", do: func(v *victim) want {
		d := v.dump(v.dir)
		head := v.headOf(d)
		identity, err := crypto.NewIdentity(crypto.X25519)
		v.must(err)
		keys, err := identity.Unlock(head.Vault)
		v.must(err)
		seq := 2 + v.rng.Uint64N(head.Seq+2)
		for d[fmt.Sprintf("l/%010d/link", seq)] != nil {
			seq++
		}
		link, err := keys.SignLink(crypto.Link{Seq: seq, Prev: crypto.Sum([]byte("canary")), New: head.Pin})
		v.must(err)
		v.put(dump{fmt.Sprintf("l/%010d/link", seq): link.Marshal()})
		return want{verify: codes{vault.HeadForged}}
	}},
	{name: "an entry of the log that no head leads to", do: func(v *victim) want {
		v.put(dump{fmt.Sprintf("l/%010d", v.present().seq+1+v.rng.Uint64N(9)): []byte("canary")})
		return want{verify: codes{vault.Corrupt}}
	}},
	{name: "folders of the store", do: func(v *victim) want {
		name := []string{"db.part", "db.old", "db.new"}[v.rng.IntN(3)]
		copyTree(v.t, filepath.Join(v.before(false).dir, "db"), filepath.Join(v.dir, name))
		return want{undo: true}
	}},
	{name: "a database set aside", do: func(v *victim) want {
		past := v.before(true)
		copyTree(v.t, filepath.Join(past.dir, "db"), filepath.Join(v.dir, "db.aside"))
		return want{open: codes{vault.RolledBack}}
	}},
	{name: "a rewritten database in the place of the true one", do: func(v *victim) want {
		past := v.before(true)
		v.must(os.RemoveAll(filepath.Join(v.dir, "db")))
		copyTree(v.t, filepath.Join(past.dir, "db"), filepath.Join(v.dir, "db.new"))
		return want{open: codes{vault.RolledBack}}
	}},
}}

func unphrased(f *flavour) { f.phrase = false }

// dual is a node of the index in the form that a batch gives it.
func dual(body, old []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{1}, uint32(len(body)))
	return append(append(b, body...), old...)
}

// body is the committed body of a node, which a batch may have left in dual form.
func body(node []byte) []byte {
	if node[0] == 0 {
		return node[1:]
	}
	n := binary.BigEndian.Uint32(node[1:])
	return node[5 : 5+n]
}

// leavings is what a batch, or a rotation, writes before its head: made by the
// library itself on a copy.
func (v *victim) leavings(rotation bool) dump {
	v.t.Helper()
	place := filepath.Join(v.root, "copy")
	copyTree(v.t, v.dir, place)
	before := v.dump(place)
	o := v.options(writer)
	o.State = filepath.Join(v.root, "state-copy")
	h, err := vault.Open(context.Background(), place, o)
	v.must(err)
	if rotation {
		_, err = h.Rotate(context.Background(), vault.RotateOptions{})
	} else {
		changes := []vault.Change{{Name: never, Value: vault.Text("canary")}, {Name: liveA, Value: vault.Text("canary")}, {Name: gone, Value: vault.Text("canary")}}
		for i := range v.rng.IntN(60) {
			changes = append(changes, vault.Change{Name: fmt.Sprintf("LEFT_%02d", i), Value: vault.Text("canary")})
		}
		_, err = h.Apply(context.Background(), changes, nil)
	}
	v.must(err)
	v.must(h.Close())
	left := dump{}
	for key, b := range v.dump(place) {
		switch was := before[key]; {
		case string(was) == string(b):
		case key[0] == 'i' && was == nil:
			left[key] = dual(body(b), nil)
		case key[0] == 'i':
			left[key] = dual(body(b), body(was))
		case key[0] == 's' || key[0] == 'k':
			left[key] = b
		}
	}
	return left
}

// some1 is how far a batch came: nothing, some records, or all and some nodes.
func (v *victim) some1(left dump, stage int) dump {
	part := dump{}
	for key, b := range left {
		if key[0] != 'i' && (stage > 1 || stage == 1 && v.rng.IntN(2) == 0) || key[0] == 'i' && stage > 1 && v.rng.IntN(2) == 0 {
			part[key] = b
		}
	}
	return part
}

// later lets the owner go on.
func (v *victim) later() {
	v.set(hist)
	v.set(liveA)
	v.work(1 + v.rng.IntN(4))
	v.remember()
}
