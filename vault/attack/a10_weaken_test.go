package attack

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// weakenings are A10: a passphrase slot is made cheaper to guess.
var weakenings = attack{"A10", "weaken a slot's KDF", []kind{
	{name: "its factor is edited", needs: withPhrase, do: func(v *victim) want {
		d := v.dump(v.dir)
		key := v.phraseSlot(d)
		v.put(dump{key: bytes.Replace(d[key], []byte(" 2\n"), []byte(" 1\n"), 1)})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "it is sealed again, by who knows the passphrase", needs: withPhrase, do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{v.phraseSlot(d): v.weakSlot(d)})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "a weaker one is added", needs: withPhrase, do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{slotKey(v.headOf(d).NextSlot): v.weakSlot(d)})
		return want{verify: codes{vault.SlotTampered}}
	}},
	{name: "its copy", needs: withPhrase, do: func(v *victim) want {
		copied, err := filepath.Glob(filepath.Join(v.dir, "slots", "*-phrase.age"))
		v.must(err)
		v.must(os.WriteFile(copied[0], v.weakSlot(v.dump(v.dir)), 0o600))
		return want{verify: codes{vault.SlotTampered}, undo: true}
	}},
	{name: "in place of another slot", needs: withPhrase, do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{d.keys("k/")[0]: v.weakSlot(d)})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "who knows a passphrase from before a rotation", needs: func(f *flavour) { f.phrase, f.rotated = true, true }, do: func(v *victim) want {
		d := v.dump(v.dir)
		v.put(dump{v.phraseSlot(d): v.weakSlot(v.dump(v.past[0].dir))})
		return want{open: codes{vault.SlotTampered}}
	}},
	{name: "a vault of the attacker's with a weak slot", do: func(v *victim) want {
		w := v.another()
		for _, logN := range []int{1, 10, 14} {
			weak, err := crypto.NewPassphrase([]byte("canary-phrase"), crypto.WithWorkFactor(logN))
			v.must(err)
			w.locks = map[string]lock{"phrase": weak}
			w.build(v, filepath.Join(v.root, "weak"))
			o := v.options(reader)
			strong, err := crypto.NewPassphrase([]byte("canary-phrase"))
			v.must(err)
			o.State, o.Keys = filepath.Join(v.root, "state-2"), []key{strong}
			_, err = vault.Open(context.Background(), filepath.Join(v.root, "weak"), o)
			v.has(err, vault.SlotTampered)
			v.must(os.RemoveAll(o.State))
		}
		return want{}
	}},
}}

func withPhrase(f *flavour) { f.phrase = true }

// phraseSlot is the key of the passphrase slot.
func (v *victim) phraseSlot(d dump) string {
	for _, s := range v.headOf(d).Slots {
		if s.Label == "phrase" {
			return slotKey(s.ID)
		}
	}
	v.t.Fatal("no passphrase slot")
	return ""
}

// weakSlot is the vault's identity, sealed to a passphrase at the least work.
func (v *victim) weakSlot(d dump) []byte {
	v.t.Helper()
	weak, err := crypto.NewPassphrase([]byte("canary-phrase"), crypto.WithWorkFactor(1))
	v.must(err)
	file, err := crypto.MakeSlot(v.stolen(d), weak)
	v.must(err)
	return file
}
