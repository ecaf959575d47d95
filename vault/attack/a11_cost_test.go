package attack

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// costs are A11: work factors that would take a reader's time and memory.
var costs = attack{"A11", "scrypt factor as denial of service", []kind{
	{name: "in a vault of the attacker's", do: func(v *victim) want {
		w, dir := v.another(), filepath.Join(v.root, "costly")
		w.locks = map[string]lock{}
		for i := range 1 + v.rng.IntN(4) {
			w.locks[fmt.Sprintf("phrase-%d", i)] = costly(v.factor())
		}
		w.build(v, dir)
		phrase := filepath.Join(v.root, "phrase")
		v.must(os.WriteFile(phrase, []byte("canary-phrase"), 0o600))
		return want{check: func(v *victim) {
			for _, args := range [][]string{{"get", liveA}, {"verify", "--full"}, {"set", liveA}} {
				r := v.run(nil, "x", append(args, "--json", "--vault", dir, "--state", dir+".state", "--passphrase-file", phrase)...)
				if r.exit != 8 || !r.names(codes{vault.SlotTampered}) {
					v.t.Errorf("%v: exit %d, %s", args, r.exit, r.err)
				}
				v.cheap(args[0], r, 3*time.Second)
			}
		}}
	}},
	{name: "in a slot", needs: withPhrase, do: func(v *victim) want {
		d := v.dump(v.dir)
		key := v.phraseSlot(d)
		v.put(dump{key: bytes.Replace(d[key], []byte(" 2\n"), []byte(" "+v.factor()+"\n"), 1)})
		return want{open: codes{vault.SlotTampered}, check: func(v *victim) { v.cheap("get", v.tacit("", "get", liveA), 3*time.Second) }}
	}},
	{name: "in a slot that is added", do: func(v *victim) want {
		d := v.dump(v.dir)
		file, err := costly(v.factor()).Wrap(nil)
		v.must(err)
		v.put(dump{slotKey(v.headOf(d).NextSlot): file})
		return want{verify: codes{vault.SlotTampered}, check: func(v *victim) { v.cheap("get", v.tacit("", "get", liveA), 3*time.Second) }}
	}},
	{name: "in a copy", do: func(v *victim) want {
		copied, err := filepath.Glob(filepath.Join(v.dir, "slots", "*"))
		v.must(err)
		file, err := costly(v.factor()).Wrap(nil)
		v.must(err)
		v.must(os.WriteFile(copied[0], file, 0o600))
		return want{verify: codes{vault.SlotTampered}, undo: true}
	}},
}}

// factor is a work factor that nobody should do, or no number at all.
func (v *victim) factor() string {
	if v.rng.IntN(4) == 0 {
		odd := []string{"0", "-1", "021", "64", "1000000000000", "+22", "2e1", "18446744073709551615"}
		return odd[v.rng.IntN(len(odd))]
	}
	return fmt.Sprint(21 + v.rng.IntN(43))
}

// costly is a passphrase slot with that factor, which nobody ever did the work for.
type costly string

var _ crypto.Lock = costly("")

func (costly) Kind() string      { return crypto.KindPassphrase }
func (costly) Public() string    { return "" }
func (costly) PostQuantum() bool { return true }

func (c costly) Wrap([]byte) ([]byte, error) {
	return []byte(ageIntro + "-> scrypt " + strings.Repeat("A", 22) + " " + string(c) + "\n" + strings.Repeat("A", 43) +
		"\n--- " + strings.Repeat("A", 43) + "\n" + strings.Repeat("x", 100)), nil
}

// mostMemory is what a command may take, whatever a vault has in it.
const mostMemory = 512 << 20

// cheap holds what a run of the program cost.
func (v *victim) cheap(what string, r ran, cpu time.Duration) {
	v.t.Helper()
	switch {
	case r.hung:
		v.t.Errorf("%s hangs", what)
	case r.cpu > cpu:
		v.t.Errorf("%s took %v of processor time", what, r.cpu)
	case r.rss > mostMemory:
		v.t.Errorf("%s took %d MiB", what, r.rss>>20)
	}
}
