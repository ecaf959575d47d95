package attack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault"
)

// rollbacks are A6: the whole vault is put back.
var rollbacks = attack{"A6", "roll the whole vault back", []kind{
	{name: "on the machine that saw the newer one", do: func(v *victim) want {
		v.lay(v.before(true).dir)
		return want{open: codes{vault.RolledBack}}
	}},
	{name: "to before a rotation", needs: rotated, do: func(v *victim) want {
		v.lay(v.past[v.rng.IntN(2)].dir)
		return want{open: codes{vault.Substituted}}
	}},
	{name: "the database alone", do: func(v *victim) want {
		past := v.before(true)
		v.must(os.RemoveAll(filepath.Join(v.dir, "db")))
		copyTree(v.t, filepath.Join(past.dir, "db"), filepath.Join(v.dir, "db"))
		return want{open: codes{vault.RolledBack}}
	}},
	{name: "beside it, at a place that is new", do: func(v *victim) want {
		past, place := v.before(true), filepath.Join(v.root, "elsewhere")
		copyTree(v.t, past.dir, place)
		return want{check: func(v *victim) {
			for _, w := range []way{writer, reader, locked} {
				_, err := vault.Open(context.Background(), place, v.options(w))
				v.has(err, vault.Untrusted)
			}
		}}
	}},
	{name: "after a commit was stopped before it was marked as made, and seen", do: func(v *victim) want {
		v.unmarked()
		v.seen(v.state)
		v.lay(v.before(true).dir)
		return want{open: codes{vault.RolledBack}}
	}},
	{name: "past a commit that was stopped before it was marked as made", do: func(v *victim) want {
		older := v.before(true)
		v.unmarked()
		v.lay(older.dir)
		return want{open: codes{vault.RolledBack}}
	}},
	{name: "by the one commit that was stopped before it was marked as made", do: func(v *victim) want {
		v.set(liveA)
		v.remember()
		before := v.present()
		v.unmarked()
		v.lay(before.dir)
		return want{unmet: true, check: func(v *victim) { v.unseen(before, v.state) }}
	}},
	{name: "back at a place that it was moved away from", do: func(v *victim) want {
		elsewhere := v.path("elsewhere")
		v.must(os.Rename(v.dir, elsewhere))
		v.seenAt(elsewhere)
		v.must(os.Mkdir(v.dir, 0o700))
		v.lay(v.before(true).dir)
		// Once the truth was seen there again, it is a place that is known.
		return want{open: codes{vault.Untrusted, vault.RolledBack}}
	}},
	{name: "at a place that is new, where its pin alone is expected", do: func(v *victim) want {
		past, place := v.before(true), v.path("elsewhere")
		copyTree(v.t, past.dir, place)
		return want{check: func(v *victim) {
			for _, w := range []way{writer, reader, locked} {
				o := v.options(w)
				o.Expect = past.pin
				_, err := vault.Open(context.Background(), place, o)
				v.has(err, vault.Untrusted)
			}
		}}
	}},
	{name: "where nobody saw the newer one", do: func(v *victim) want {
		past := v.before(false)
		v.lay(past.dir)
		return want{unmet: true, check: func(v *victim) {
			// Only what was written down elsewhere tells.
			o := v.options(reader)
			o.State, o.Expect = filepath.Join(v.root, "state-2"), fmt.Sprintf("%s:%d", v.present().pin, v.present().seq)
			_, err := vault.Open(context.Background(), v.dir, o)
			if past.epoch == v.epoch {
				v.has(err, vault.RolledBack)
			} else {
				v.has(err, vault.Substituted)
			}
			v.unseen(past, filepath.Join(v.root, "state-3"))
		}}
	}},
	{name: "together with the machine's memory", do: func(v *victim) want {
		// A snapshot of the whole disk.
		past := v.before(false)
		state := filepath.Join(v.root, "state-then")
		v.lay(past.dir)
		v.seen(state)
		return want{unmet: true, check: func(v *victim) { v.unseen(past, state) }}
	}},
}}

// unmarked makes a commit whose writer is stopped before it says that it was made:
// what was written ahead of it is still beside what was remembered.
func (v *victim) unmarked() {
	v.t.Helper()
	v.close()
	before := map[string][]byte{}
	paths, err := filepath.Glob(filepath.Join(v.state, "paths", "*"))
	v.must(err)
	for _, path := range paths {
		before[path], err = os.ReadFile(path)
		v.must(err)
	}
	v.set(liveA)
	v.remember()
	for path, b := range before {
		v.must(os.Rename(path, path+".next"))
		v.must(os.WriteFile(path, b, 0o600))
	}
}

// seenAt makes the victim's machine see the vault at another place.
func (v *victim) seenAt(place string) {
	v.t.Helper()
	h, err := vault.Open(context.Background(), place, v.options(reader))
	v.must(err)
	v.must(h.Close())
}

func (v *victim) has(err error, code vault.Code) {
	v.t.Helper()
	if vault.CodeOf(err) != code {
		v.t.Errorf("%v (%s), want %s", err, vault.CodeOf(err), code)
	}
}

// seen makes a machine with the memory in state see the vault as it is.
func (v *victim) seen(state string) {
	v.t.Helper()
	v.close()
	o := v.options(reader)
	o.State = state
	h, err := vault.Open(context.Background(), v.dir, o)
	v.must(err)
	v.must(h.Close())
}

// unseen shows that a machine takes a state of the past for the present: it
// reads well, and what it reads is what was true then.
func (v *victim) unseen(past moment, state string) {
	v.t.Helper()
	o := v.options(reader)
	o.State = state
	h, err := vault.Open(context.Background(), v.dir, o)
	v.must(err)
	defer h.Close()
	now := v.truth
	v.truth = past.truth
	defer func() { v.truth = now }()
	for _, name := range v.some() {
		v.reads(h, name, nil)
		v.remembers(h, name, nil)
	}
	v.lists(h, nil)
}
