package attack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
)

// TestHonest works on vaults as their owner does: nothing of it may be taken
// for an attack.
func TestHonest(t *testing.T) {
	const perVictim = 300
	for n := 0; n < *honest; n += perVictim {
		rng := rand.New(rand.NewPCG(*seed, uint64(n)))
		fl := anyFlavour(rng)
		t.Run(fmt.Sprintf("%d %s", n, fl), func(t *testing.T) {
			v := newVictim(t, rng, fl)
			for range min(perVictim, *honest-n) - v.ops {
				v.step(true)
			}
			v.verify()
			if t.Failed() {
				t.Logf("seed %d", *seed)
			}
			totals.worked(v.ops)
		})
	}
}

// work does a few honest operations.
func (v *victim) work(n int) {
	for range n {
		v.step(false)
	}
}

// step does one of the things that an owner does. outside allows the program to
// do it instead of the library.
func (v *victim) step(outside bool) {
	v.clock += int64(v.rng.IntN(1000))
	switch r := v.rng.IntN(100); {
	case r < 30:
		v.set(v.name())
	case r < 45:
		v.get(v.name())
	case r < 50:
		v.get(never)
	case r < 56:
		if name := v.liveName(); name != "" {
			v.set(name, vault.IfPresent())
		}
	case r < 61:
		if name := v.liveName(); name != "" {
			v.delete(name)
		}
	case r < 63:
		if name := v.liveName(); name != "" {
			v.purge(name)
		}
	case r < 67:
		v.rollback()
	case r < 73:
		v.move(r%2 == 0)
	case r < 78:
		v.list()
	case r < 83:
		v.past1(v.name())
	case r < 87:
		v.several()
	case r < 89:
		v.extraSlot("other")
		v.dropSlot("other")
	case r < 90 && outside: // a victim's past has the rotations that its flavour says
		v.rotate()
	case r < 93:
		v.verify()
	case r < 98 || !outside:
		v.close()
		v.handle()
		v.ops++
	default:
		v.outside()
	}
}

// name is one of those that the honest work may change.
func (v *victim) name() string { return fmt.Sprintf("N_%02d", v.rng.IntN(24)) }

// liveName is a name that the work may change and that is there, or "".
func (v *victim) liveName() string {
	names := slices.DeleteFunc(v.truth.names(), func(n string) bool { return !strings.HasPrefix(n, "N_") })
	if len(names) == 0 {
		return ""
	}
	return names[v.rng.IntN(len(names))]
}

// fresh is a new value, with a word in it by which it is found where it should not be.
func (v *victim) fresh() (value, vault.Value) {
	data := fmt.Sprintf("canary-%016x", v.rng.Uint64())
	switch {
	case v.fl.big && v.rng.IntN(12) == 0:
		data += strings.Repeat("x", 66<<10+v.rng.IntN(120<<10))
	case v.rng.IntN(6) == 0:
		data += strings.Repeat("y", v.rng.IntN(4000))
	}
	switch v.rng.IntN(4) {
	case 0:
		data = fmt.Sprintf(`{"a":[%d,"%s"]}`, v.rng.IntN(9), data)
		return value{"json", data}, v.json(data)
	case 1:
		data += "\x00\xff"
		return value{"bytes", data}, vault.Bytes([]byte(data))
	}
	return value{"text", data}, vault.Text(data)
}

func (v *victim) json(data string) vault.Value {
	j, err := vault.JSON([]byte(data))
	v.must(err)
	return j
}

func (v *victim) set(name string, options ...vault.SetOption) {
	v.t.Helper()
	fact, val := v.fresh()
	info, err := v.handle().Set(context.Background(), name, val, options...)
	v.must(err)
	v.truth.add(name, fact, kept)
	v.agrees(name, info)
}

// agrees holds what a change returned against the truth.
func (v *victim) agrees(name string, info vault.Info) {
	v.t.Helper()
	v.ops++
	if h := v.truth[name]; info.Version != h.version() || info.Oldest != h.oldest || info.Kind != h.current().kind {
		v.t.Fatalf("%s is %+v, it should be version %d, oldest %d", name, info, h.version(), h.oldest)
	}
}

func (v *victim) delete(name string) {
	info, err := v.handle().Delete(context.Background(), name, vault.DeleteOptions{})
	v.must(err)
	v.truth.add(name, value{kind: "gone"}, kept)
	v.agrees(name, info)
}

func (v *victim) purge(name string) {
	info, err := v.handle().Delete(context.Background(), name, vault.DeleteOptions{Purge: true})
	v.must(err)
	v.truth.add(name, value{kind: "gone"}, 0)
	v.agrees(name, info)
}

func (v *victim) rollback() {
	name := v.name()
	h := v.truth[name]
	if h == nil || h.oldest == h.version() {
		return
	}
	n := h.oldest + uint64(v.rng.IntN(int(h.version()-h.oldest)))
	if h.versions[n-1].kind == "gone" {
		return
	}
	info, err := v.handle().Rollback(context.Background(), name, n)
	v.must(err)
	h.add(h.versions[n-1], kept)
	v.agrees(name, info)
}

// move renames or copies.
func (v *victim) move(rename bool) {
	from, to := v.liveName(), v.name()
	if from == "" || from == to {
		return
	}
	do := v.handle().Copy
	if rename {
		do = v.handle().Rename
	}
	info, err := do(context.Background(), from, to, true)
	v.must(err)
	v.truth.add(to, v.truth[from].current(), kept)
	v.agrees(to, info)
	if rename {
		v.truth.add(from, value{kind: "gone"}, kept)
	}
}

// several is a small batch.
func (v *victim) several() {
	var changes []vault.Change
	facts := map[string]value{}
	for range 2 + v.rng.IntN(6) {
		name := v.name()
		if _, twice := facts[name]; twice {
			continue
		}
		fact, val := v.fresh()
		if v.truth[name].live() && v.rng.IntN(4) == 0 {
			fact, val = value{kind: "gone"}, vault.Value{}
		}
		facts[name] = fact
		changes = append(changes, vault.Change{Name: name, Value: val, Delete: fact.kind == "gone"})
	}
	_, err := v.handle().Apply(context.Background(), changes, nil)
	v.must(err)
	for name, fact := range facts {
		v.truth.add(name, fact, kept)
	}
	v.ops++
}

// batch is one that no single transaction holds, and that makes the index deep.
func (v *victim) batch() {
	const names = 120
	changes := make([]vault.Change, names)
	for i := range changes {
		fact := value{"text", fmt.Sprintf("canary-%d-%s", i, strings.Repeat("b", 10_000))}
		changes[i] = vault.Change{Name: fmt.Sprintf("BATCH_%03d", i), Value: vault.Text(fact.data)}
		v.truth.add(changes[i].Name, fact, kept)
	}
	_, err := v.handle().Apply(context.Background(), changes, nil)
	v.must(err)
	v.ops++
}

func (v *victim) rotate() {
	_, err := v.handle().Rotate(context.Background(), vault.RotateOptions{
		Relock: func(_ context.Context, s vault.SlotInfo, _ func(key) error) (lock, error) {
			if s.Label == "phrase" {
				return v.phrase, nil
			}
			return v.lock, nil
		},
	})
	v.must(err)
	v.epoch++
	v.ops++
}

func (v *victim) extraSlot(label string) {
	_, _, lock := cryptotest.NewKey(v.t, v.fl.hybrid)
	_, err := v.handle().AddSlot(context.Background(), vault.NewSlot{Label: label, Lock: lock})
	v.must(err)
	v.ops++
}

func (v *victim) dropSlot(label string) {
	_, err := v.handle().RemoveSlot(context.Background(), label)
	v.must(err)
	v.ops++
}

func (v *victim) get(name string) {
	v.t.Helper()
	v.reads(v.handle(), name, nil)
	v.ops++
}

func (v *victim) list() {
	v.lists(v.handle(), nil)
	v.ops++
}

func (v *victim) past1(name string) {
	v.remembers(v.handle(), name, nil)
	v.ops++
}

func (v *victim) verify() {
	r, err := v.handle().Verify(context.Background(), vault.VerifyOptions{Full: true})
	v.must(err)
	if len(r.Findings) > 0 || r.Unfinished {
		v.t.Fatalf("a false alarm: %+v", r)
	}
	v.ops++
}

// outside has the program do something.
func (v *victim) outside() {
	v.close()
	v.ops++
	if v.rng.IntN(2) == 0 {
		fact := value{"text", fmt.Sprintf("canary-%016x", v.rng.Uint64())}
		if r := v.tacit(fact.data, "set", "N_00"); r.exit != 0 {
			v.t.Fatalf("set: %+v", r)
		}
		v.truth.add("N_00", fact, kept)
		return
	}
	for _, args := range [][]string{{"verify", "--full"}, {"ls"}, {"get", liveA}} {
		if r := v.tacit("", args...); r.exit != 0 {
			v.t.Fatalf("%v: %+v", args, r)
		}
	}
}
