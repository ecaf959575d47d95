package attack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault"
)

// forks are A17: another machine writes past an old copy, and that is brought back.
var forks = attack{"A17", "fork", []kind{
	{name: "shorter", do: func(v *victim) want {
		past := v.before(true)
		n := v.fork(past, 1, false)
		if past.seq+n >= v.present().seq {
			return want{open: codes{vault.Forked}}
		}
		return want{open: codes{vault.RolledBack}}
	}},
	{name: "as long", do: func(v *victim) want {
		past := v.before(true)
		v.fork(past, v.present().seq-past.seq, false)
		return want{open: codes{vault.Forked}}
	}},
	{name: "longer", do: func(v *victim) want {
		past := v.before(true)
		v.fork(past, v.present().seq-past.seq+uint64(1+v.rng.IntN(12)), false)
		return want{open: codes{vault.Forked}}
	}},
	{name: "longer, with its log cut off", do: func(v *victim) want {
		past := v.before(true)
		v.fork(past, v.present().seq-past.seq+uint64(4+v.rng.IntN(9)), false)
		d, none := v.dump(v.dir), dump{}
		for _, key := range d.keys("l/") {
			none[key] = nil
		}
		v.put(none)
		return want{open: codes{vault.Forked}}
	}},
	{name: "longer, with the true log in it", do: func(v *victim) want {
		past := v.before(true)
		true1 := v.dump(v.dir)
		v.fork(past, v.present().seq-past.seq+uint64(4+v.rng.IntN(9)), false)
		change := dump{}
		for _, key := range true1.keys("l/") {
			change[key] = true1[key]
		}
		v.put(change)
		return want{open: codes{vault.Forked, vault.HeadForged}}
	}},
	{name: "rotated there", do: func(v *victim) want {
		v.fork(v.before(true), v.present().seq+2, true)
		return want{open: codes{vault.Substituted}}
	}},
	{name: "the folder exchanged under an open vault, and written to", do: func(v *victim) want {
		h, err := v.open(writer)
		v.must(err)
		v.must(os.Rename(v.dir, v.path("aside")))
		copyTree(v.t, v.present().dir, v.dir)
		v.set(liveB)
		v.remember()
		_, err = h.Set(context.Background(), liveB, vault.Text("canary-fork"))
		v.has(err, vault.Forked)
		v.must(h.Close())
		return want{}
	}},
	{name: "a copy beside, which is older by now", do: func(v *victim) want {
		place := v.path("elsewhere")
		copyTree(v.t, v.present().dir, place)
		v.seenAt(place)
		v.set(liveA)
		v.remember()
		return want{check: func(v *victim) {
			h, err := vault.Open(context.Background(), place, v.options(writer))
			v.must(err)
			defer h.Close()
			_, err = h.Set(context.Background(), liveA, vault.Text("canary-fork"))
			v.has(err, vault.RolledBack)
			r, err := h.Verify(context.Background(), vault.VerifyOptions{})
			v.must(err)
			if len(r.Findings) != 1 || r.Findings[0].Code != vault.RolledBack || h.Status().Newer == nil {
				v.t.Errorf("%+v, %+v", r.Findings, h.Status().Newer)
			}
		}}
	}},
	{name: "seen from the other side", do: func(v *victim) want {
		past := v.before(true)
		n := v.fork(past, 1+uint64(v.rng.IntN(8)), false)
		v.lay(v.present().dir)
		return want{check: func(v *victim) {
			due := vault.Forked
			if v.present().seq < past.seq+n {
				due = vault.RolledBack
			}
			for _, w := range []way{writer, reader, locked} {
				o := v.options(w)
				o.State = filepath.Join(v.root, "state-fork")
				_, err := vault.Open(context.Background(), v.dir, o)
				v.has(err, due)
			}
		}}
	}},
}}

// fork lets another machine make that many commits on an older state. It returns
// how many it made: it may need one more to rotate.
func (v *victim) fork(past moment, commits uint64, rotate bool) uint64 {
	v.t.Helper()
	v.lay(past.dir)
	o := v.options(writer)
	o.State = filepath.Join(v.root, "state-fork")
	h, err := vault.Open(context.Background(), v.dir, o)
	v.must(err)
	if rotate {
		_, err := h.Rotate(context.Background(), vault.RotateOptions{Drop: v.phraseLabel(h)})
		v.must(err)
	}
	for i := range commits {
		_, err := h.Set(context.Background(), []string{liveA, never, hist}[i%3], vault.Text(fmt.Sprintf("canary-fork-%d", i)))
		v.must(err)
	}
	v.must(h.Close())
	return commits
}

// phraseLabel is the label of the passphrase slot, if there is one.
func (v *victim) phraseLabel(h *vault.Vault) []string {
	for _, s := range h.Status().Slots {
		if s.Label == "phrase" {
			return []string{s.Label}
		}
	}
	return nil
}
