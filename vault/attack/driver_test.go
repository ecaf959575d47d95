package attack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

type (
	key  = crypto.Key
	lock = crypto.Lock
)

// attack is a row of the table.
type attack struct {
	id, title string
	kinds     []kind
}

// kind is one way to go about an attack. do changes the vault's folder and says
// what must come of it.
type kind struct {
	name  string
	needs func(*flavour) // asks for what the victim has to have; may be nil
	do    func(v *victim) want
}

type codes []vault.Code

func (c codes) has(code vault.Code) bool { return slices.Contains(c, code) }

// want is what must come of an attack. The zero want is that it is prevented:
// everything reads as it should, and verify finds nothing. Whatever it says,
// nothing false may be returned in any way.
type want struct {
	open    codes            // opening fails with one of these; empty: it opens
	locked  codes            // what opening without a key fails with, where that is another
	opens   bool             // without a key it opens
	byMAC   bool             // a reader with a key who has seen the head may open it: verify finds it
	reads   map[string]codes // names whose reading fails
	history map[string]codes // names whose history fails
	others  codes            // what the reading of other names may fail with
	verify  codes            // what verify has to find one of, where reading fails or not
	also    codes            // what it may find besides
	loose   bool             // any detection will do, or none where nothing is lost
	undo    bool             // the next write clears it away
	writes  codes            // what the next write fails with where reading is well; empty: it succeeds
	check   func(*victim)    // more to hold; before the truth is put back
	unmet   bool             // not detected, as said: check shows it, the rest is not looked at
}

// prevented is the want of what verify may name and nothing else sees.
func prevented(also ...vault.Code) want { return want{also: also} }

// table is every attack.
func table() []attack {
	return []attack{
		swaps, forgeries, replays, deletions, resurrections, rollbacks, substitutes, slotAttacks, stanzas, weakenings,
		costs, bombs, plugins, damage, special, splices, forks, downgrades, counterfeits, leftovers,
	}
}

func TestAttack(t *testing.T) {
	for _, a := range table() {
		t.Run(a.id, func(t *testing.T) {
			t.Parallel()
			victims := map[string]*victim{}
			for i := range max(*variants, *only+1) {
				if *only < 0 || i == *only {
					a.run(t, i, victims)
				}
			}
		})
	}
}

// perVictim is how many variants one after the other may have the same victim,
// which is put back in between.
const perVictim = 5

// run is one variant. Which kind it is of goes in a round, from a place that the
// seed decides.
func (a attack) run(t *testing.T, i int, victims map[string]*victim) {
	k := a.kinds[(i+int(*seed%uint64(len(a.kinds))))%len(a.kinds)]
	group := i / perVictim
	fl := anyFlavour(a.rng(group, 0))
	if k.needs != nil {
		k.needs(&fl)
	}
	name := fmt.Sprint(group, fl)
	if victims[name] == nil {
		victims[name] = newVictim(t, a.rng(group, 1), fl)
		totals.worked(victims[name].ops)
	}
	t.Run(fmt.Sprintf("%d %s", i, k.name), func(t *testing.T) {
		defer func() {
			if t.Failed() {
				t.Logf("victim: %s; to repeat: -run 'TestAttack/%s$' -attack.seed %d -attack.variant %d", fl, a.id, *seed, i)
			}
		}()
		v := victims[name].again(t, a.rng(i, 2))
		totals.add(a, v.suffer(k, i))
	})
}

// rng is chance for one use of a group of variants, or of a variant.
func (a attack) rng(i int, use uint64) *rand.Rand {
	var id uint64
	for _, c := range a.id {
		id = id*100 + uint64(c)
	}
	return rand.New(rand.NewPCG(*seed, id<<32|uint64(i)<<8|use))
}

// suffer lets one attack happen and holds what comes of it.
func (v *victim) suffer(k kind, i int) (o outcome) {
	w := k.do(v)
	v.close()
	if w.unmet {
		w.check(v)
		return outcome{unmet: true}
	}
	attacked := filepath.Join(v.root, "attacked")
	copyTree(v.t, v.dir, attacked)
	for _, way := range []way{reader, locked, writer} {
		if way == writer && i%2 != 0 {
			continue // writesOn looks through one too
		}
		s := v.look(way, v.some())
		if code := v.holds(w, s); way == reader {
			o.code = code
		}
	}
	if i%3 == 0 {
		v.fromOutside(w)
	}
	if w.check != nil {
		w.check(v)
	}
	v.lay(v.present().dir)
	v.trueAgain("the truth was put back")
	v.lay(attacked)
	v.writesOn(w)
	return o
}

// holds compares a sight with what must come of the attack, and returns the
// code by which it was detected.
func (v *victim) holds(w want, s sight) vault.Code {
	v.t.Helper()
	open := w.open
	if !s.way.keys && (w.locked != nil || w.opens) {
		open = w.locked
	}
	if w.byMAC && s.way == reader && s.open == nil {
		open, w.verify = nil, w.open
	}
	if s.open != nil {
		code := vault.CodeOf(s.open)
		if !open.has(code) && !(w.loose && code.Tampering()) {
			v.t.Errorf("%s: opening: %v (%s), want %v", s.way.name, s.open, code, open)
		}
		return code
	}
	if len(open) > 0 && !w.loose {
		v.t.Errorf("%s: it opens, want %v", s.way.name, open)
	}
	first := v.holdsReads(w, s)
	v.holdsVerify(w, s, first != "")
	return first
}

func (v *victim) holdsReads(w want, s sight) (first vault.Code) {
	v.t.Helper()
	for name, codes := range w.reads {
		if err := s.reads[name]; s.way.keys && !codes.has(vault.CodeOf(err)) {
			v.t.Errorf("%s: reading %s: %v (%s), want %v", s.way.name, name, err, vault.CodeOf(err), codes)
		}
	}
	for name, codes := range w.history {
		if err := s.history[name]; !codes.has(vault.CodeOf(err)) {
			v.t.Errorf("%s: history of %s: %v (%s), want %v", s.way.name, name, err, vault.CodeOf(err), codes)
		}
	}
	for name, err := range s.reads {
		if _, meant := w.reads[name]; !meant && !w.loose && !w.others.has(vault.CodeOf(err)) {
			v.t.Errorf("%s: reading %s: %v (%s), and the attack is not about it", s.way.name, name, err, vault.CodeOf(err))
		}
		if first == "" || len(w.reads[name]) > 0 {
			first = vault.CodeOf(err)
		}
	}
	for _, err := range s.history {
		if first == "" {
			first = vault.CodeOf(err)
		}
	}
	if first == "" && s.list != nil {
		first = vault.CodeOf(s.list)
	}
	if s.list != nil && !w.loose && !w.others.has(vault.CodeOf(s.list)) {
		v.t.Errorf("%s: listing: %v", s.way.name, s.list)
	}
	return first
}

// holdsVerify asks that verify sees what reading sees, and more.
func (v *victim) holdsVerify(w want, s sight, alarm bool) {
	v.t.Helper()
	found := len(w.verify) == 0
	for _, f := range s.findings {
		found = found || w.verify.has(f.Code)
		if !w.loose && !w.verify.has(f.Code) && !w.also.has(f.Code) && !w.others.has(f.Code) {
			v.t.Errorf("%s: verify finds %+v", s.way.name, f)
		}
	}
	switch {
	case s.verify != nil && !vault.CodeOf(s.verify).Tampering():
		v.t.Errorf("%s: verify: %v", s.way.name, s.verify)
	case s.verify != nil:
	case alarm && len(s.findings) == 0:
		v.t.Errorf("%s: reading fails, and verify finds nothing", s.way.name)
	case !found && !w.loose:
		v.t.Errorf("%s: verify finds %+v, want %v", s.way.name, s.findings, w.verify)
	}
}

// writesOn makes changes to the attacked vault. They may be refused; what they
// must not do is launder: what was detected stays so, or is put right.
func (v *victim) writesOn(w want) {
	v.t.Helper()
	h, err := v.open(writer)
	if err != nil {
		code := vault.CodeOf(err)
		if !w.open.has(code) && !(w.loose && code.Tampering()) {
			v.t.Errorf("opening to write: %v (%s)", err, code)
		}
		return
	}
	written := map[string]bool{}
	for _, name := range []string{"WRITTEN", hist} {
		_, err := h.Set(context.Background(), name, vault.Text("canary-written"))
		if err == nil {
			v.truth.add(name, value{"text", "canary-written"}, kept)
			written[name] = true
			continue
		}
		v.quiet("set", fmt.Sprintf("%v %+v", err, err))
		code := vault.CodeOf(err)
		expected := w.loose || w.others.has(code) || w.writes.has(code) || w.reads[name].has(code) || w.verify.has(code)
		if !code.Tampering() || !expected {
			v.t.Errorf("set %s: %v (%s)", name, err, code)
		}
	}
	if len(w.writes) > 0 && len(written) > 0 {
		v.t.Errorf("a write succeeded, want %v", w.writes)
	}
	if err := h.Close(); err != nil {
		v.t.Errorf("close: %v", err)
	}
	v.notLaundered(w, written)
}

// notLaundered looks again after the writing.
func (v *victim) notLaundered(w want, written map[string]bool) {
	v.t.Helper()
	for _, way := range []way{reader, locked} {
		s := v.look(way, append(v.some(), "WRITTEN"))
		if s.open != nil {
			if code := vault.CodeOf(s.open); !w.loose && !w.open.has(code) {
				v.t.Errorf("after a write, %s: opening: %v (%s)", way.name, s.open, code)
			}
			continue
		}
		for name, codes := range w.reads {
			if err := s.reads[name]; way.keys && !written[name] && !w.undo && !codes.has(vault.CodeOf(err)) {
				v.t.Errorf("after a write, reading %s: %v (%s), want %v", name, err, vault.CodeOf(err), codes)
			}
		}
		clean := len(s.findings) == 0 && s.verify == nil
		switch {
		case w.undo && !clean:
			v.t.Errorf("after a write, verify still finds %+v, %v", s.findings, s.verify)
		case len(w.verify) > 0 && !w.undo && clean && !v.allTrue(s):
			v.t.Errorf("after a write, verify finds nothing any more")
		}
	}
}

// allTrue tells whether a sight has no alarm at all.
func (v *victim) allTrue(s sight) bool {
	return len(s.reads) == 0 && len(s.history) == 0 && s.list == nil
}

// fromOutside has the program look at the attacked vault.
func (v *victim) fromOutside(w want) {
	v.t.Helper()
	name := liveA
	for n := range w.reads {
		name = n
	}
	get := v.tacit("", "get", name, "--json")
	verify := v.tacit("", "verify", "--json")
	list := v.tacit("", "ls", "--json")
	for what, r := range map[string]ran{"get": get, "verify": verify, "ls": list} {
		if r.hung {
			v.t.Errorf("%s hangs", what)
		}
		v.quiet(what, r.err)
	}
	if w.loose {
		return
	}
	if w.byMAC && get.exit == 0 {
		v.exits("get", get, nil, v.truth[name].live())
	} else if get.exit == 0 || len(w.open)+len(w.reads[name]) > 0 || !get.names(w.others) {
		v.exits("get", get, slices.Concat(w.open, w.reads[name]), v.truth[name].live())
	}
	v.exits("verify", verify, slices.Concat(w.open, w.verify), true)
	if len(w.open) > 0 && !w.opens {
		v.exits("ls", list, w.open, true)
	}
}

// exits holds what the program did: where one of the codes is due, its exit code
// and the code in its JSON.
func (v *victim) exits(what string, r ran, due codes, there bool) {
	v.t.Helper()
	switch {
	case len(due) == 0 && there && r.exit != 0 && what != "verify":
		v.t.Errorf("%s: exit %d: %s", what, r.exit, r.err)
	case len(due) == 0:
	case r.exit != exitOf(due[0]):
		v.t.Errorf("%s: exit %d, want %d for %v: %s", what, r.exit, exitOf(due[0]), due, r.err)
	case !r.names(due):
		v.t.Errorf("%s: none of %v in %s%s", what, due, r.out, r.err)
	}
}

// exitOf is the exit code of the program that a code gives.
func exitOf(c vault.Code) int {
	switch {
	case c.Tampering():
		return 8
	case c == vault.NoVault, c == vault.Untrusted:
		return 6
	}
	return 1
}
