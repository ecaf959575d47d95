package attack

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
)

// forgeries are A2: a record that the vault did not seal.
var forgeries = attack{"A2", "forge a value", []kind{
	{name: "by another identity", do: func(v *victim) want {
		d := v.dump(v.dir)
		h := v.headerOf(d, liveA)
		id, _, _ := cryptotest.NewKey(v.t, v.fl.hybrid)
		head, err := crypto.ParseHead(d["z"])
		v.must(err)
		keys, err := id.Unlock(head.Vault)
		v.must(err)
		h.Size, h.Kind = 6, crypto.Text
		forged, err := keys.Seal(h, []byte("canary"))
		v.must(err)
		v.put(dump{d.current(liveA): forged})
		return forgedWant(liveA)
	}},
	{name: "to the vault's own recipient", do: func(v *victim) want { return v.forgeToOwn(false) }},
	{name: "to it, with the stanza of the true record", do: func(v *victim) want { return v.forgeToOwn(true) }},
	{name: "to it, with the stanza of another record", do: func(v *victim) want {
		d := v.dump(v.dir)
		_, r, err := ageIdentity(v.stolen(d))
		v.must(err)
		v.put(dump{d.current(liveA): v.sealTo(r, v.oursOf(d[d.current(liveB)]), []byte("canary"))})
		return want{reads: map[string]codes{liveA: {vault.Swapped}}, verify: codes{vault.Swapped}}
	}},
	{name: "with the file key known", do: func(v *victim) want {
		d := v.dump(v.dir)
		file := d[d.current(liveA)]
		fileKey := v.fileKey(v.stolen(d), file)
		size := v.headerOf(d, liveA).Size
		if size > 60_000 {
			size = 0 // cut short, and so malformed: a payload of one chunk is all that filled makes
		}
		forged := v.takeApart(file).filled(fileKey, []byte(strings.Repeat("c", int(size)))).bytes()
		v.put(dump{d.current(liveA): forged})
		// Everything in it is authentic but that it was never committed.
		c := codes{vault.Replayed, vault.Corrupt, vault.Forged}
		return want{reads: map[string]codes{liveA: c}, verify: c}
	}},
	{name: "an older version", do: func(v *victim) want {
		d := v.dump(v.dir)
		keys := d.records(long)
		key := keys[v.rng.IntN(len(keys)-1)]
		_, r, err := ageIdentity(v.stolen(d))
		v.must(err)
		v.put(dump{key: v.sealTo(r, v.oursOf(d[key]), []byte("canary"))})
		return want{history: map[string]codes{long: {vault.Replayed}}, verify: codes{vault.Replayed}}
	}},
	{name: "a new name", do: func(v *victim) want {
		d := v.dump(v.dir)
		_, r, err := ageIdentity(v.stolen(d))
		v.must(err)
		seq := v.present().seq + 1
		args := []string{"v1", never, "1", fmt.Sprint(seq), "0011223344556677", "text", "6", "1700000000", "-"}
		v.put(dump{fmt.Sprintf("s/%s/%010d/%010d", never, 1, seq): v.sealTo(r, ours{args, make([]byte, 32)}, []byte("canary"))})
		return want{reads: map[string]codes{never: {vault.Resurrected}}, verify: codes{vault.Resurrected}}
	}},
	{name: "a newer version", do: func(v *victim) want {
		d := v.dump(v.dir)
		_, r, err := ageIdentity(v.stolen(d))
		v.must(err)
		n, seq := v.truth[liveA].version()+1, v.present().seq+uint64(1+v.rng.IntN(3))
		args := []string{"v1", liveA, fmt.Sprint(n), fmt.Sprint(seq), "0011223344556677", "text", "6", "1700000000", "-"}
		v.put(dump{fmt.Sprintf("s/%s/%010d/%010d", liveA, n, seq): v.sealTo(r, ours{args, make([]byte, 32)}, []byte("canary"))})
		return prevented(vault.Resurrected)
	}},
	{name: "bytes of any kind", do: func(v *victim) want {
		d := v.dump(v.dir)
		junk := [][]byte{{}, []byte(ageIntro), []byte("canary"), make([]byte, 5000), d["z"], d[d.current(liveA)][:100]}
		v.put(dump{d.current(liveA): junk[v.rng.IntN(len(junk))]})
		return want{reads: map[string]codes{liveA: {vault.Corrupt}}, verify: codes{vault.Corrupt}}
	}},
}}

func forgedWant(name string) want {
	return want{reads: map[string]codes{name: {vault.Forged}}, verify: codes{vault.Forged}}
}

// forgeToOwn seals a value to the vault's recipient, as if that had leaked. Its
// stanza is true in every word; its MAC is that of the true record, or none.
func (v *victim) forgeToOwn(copied bool) want {
	d := v.dump(v.dir)
	_, r, err := ageIdentity(v.stolen(d))
	v.must(err)
	o := v.oursOf(d[d.current(liveA)])
	if !copied {
		o.body = make([]byte, 32)
	}
	size := v.headerOf(d, liveA).Size
	v.put(dump{d.current(liveA): v.sealTo(r, o, []byte(strings.Repeat("c", int(size))))})
	return forgedWant(liveA)
}

func (v *victim) headerOf(d dump, name string) crypto.Header {
	v.t.Helper()
	h, err := crypto.ParseRecord(d[d.current(name)])
	v.must(err)
	return h
}

// oursOf is our stanza in a record.
func (v *victim) oursOf(record []byte) ours {
	v.t.Helper()
	text := v.takeApart(record).stanzas[1]
	line, body, _ := strings.Cut(text, "\n")
	mac, err := base64.RawStdEncoding.DecodeString(strings.TrimSpace(body))
	v.must(err)
	return ours{strings.Split(strings.TrimPrefix(line, "-> tacit "), " "), mac}
}
