package torture

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// A state is what is in a vault, as far as its users see it.
type state struct {
	values map[string]string
	slots  []string // labels and kinds
	policy vault.Policy
	pin    string
}

// otherPin in an expected state is any pin but the one before.
const otherPin = ""

func (s state) clone() state {
	s.values, s.slots = maps.Clone(s.values), slices.Clone(s.slots)
	return s
}

// differs says how got differs from s, "" where it does not. It names names,
// never values.
func (s state) differs(got state) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		if _, ok := got.values[name]; !ok {
			fmt.Fprintf(&b, " -%s", name)
		} else if got.values[name] != s.values[name] {
			fmt.Fprintf(&b, " ~%s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got.values)) {
		if _, ok := s.values[name]; !ok {
			fmt.Fprintf(&b, " +%s", name)
		}
	}
	if !slices.Equal(s.slots, got.slots) {
		fmt.Fprintf(&b, " slots %v", got.slots)
	}
	if s.policy != got.policy {
		fmt.Fprintf(&b, " policy %v", got.policy)
	}
	if s.pin != otherPin && s.pin != got.pin {
		b.WriteString(" pin")
	}
	if b.Len() > 500 {
		return fmt.Sprintf("%s … (%d secrets)", b.String()[:500], len(got.values))
	}
	return b.String()
}

// A machine is a rig of which it is known what is in its vault.
type machine struct {
	*rig
	state  state
	files  string // the state folder of the vault's memory
	marks  int
	apart  bool // its vault is where only the program can see it
	backed bool // there is a whole backup
	peer   *rig // another member of its group, see newGroup
}

func newMachine(t testing.TB, init ...string) *machine {
	t.Helper()
	r := newRig(t, "", init...)
	m := &machine{rig: r, files: filepath.Join(r.home, ".local", "state", "tacit")}
	m.state = m.look()
	m.write()
	return m
}

// look opens the vault for reading, verifies all of it, and returns what is in it.
func (m *machine) look() (s state) {
	m.t.Helper()
	if m.apart {
		return m.ask()
	}
	v := m.open()
	defer v.Close()
	report, err := v.Verify(m.t.Context(), vault.VerifyOptions{Full: true})
	if err != nil || len(report.Findings) > 0 {
		m.t.Fatalf("the vault does not verify: %+v, %v", report.Findings, err)
	}
	all, err := v.ReadAll(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	s.values = make(map[string]string, len(all))
	for _, secret := range all {
		s.values[secret.Name] = string(secret.Value.Reveal())
	}
	st := v.Status()
	s.pin, s.policy = st.Pin, st.Policy
	for _, slot := range st.Slots {
		s.slots = append(s.slots, slot.Label+" "+slot.Kind)
	}
	return s
}

// ask is look by the program.
func (m *machine) ask() (s state) {
	m.t.Helper()
	var report struct{ OK bool }
	m.json(&report, "verify", "--full", "--json")
	m.json(&s.values, "export", "json")
	var st struct {
		Pin    string
		Policy struct {
			MaxValue int `json:"max_value"`
			History  int
		}
		Slots []struct{ Label, Kind string }
	}
	m.json(&st, "status", "--json")
	s.pin, s.policy = st.Pin, vault.Policy{MaxValue: st.Policy.MaxValue, History: st.Policy.History}
	for _, slot := range st.Slots {
		s.slots = append(s.slots, slot.Label+" "+slot.Kind)
	}
	if !report.OK {
		m.t.Fatal("the vault does not verify")
	}
	return s
}

// json runs the program and takes apart what it prints.
func (m *machine) json(into any, args ...string) {
	m.t.Helper()
	if err := json.Unmarshal([]byte(m.must("", args...)), into); err != nil {
		m.t.Fatalf("tacit %v: %v", args, err)
	}
}

func (m *machine) open() *vault.Vault {
	m.t.Helper()
	b, err := os.ReadFile(m.identity())
	if err != nil {
		m.t.Fatal(err)
	}
	key, err := crypto.Identities("identity", strings.NewReader(string(b)))
	if err != nil {
		m.t.Fatal(err)
	}
	v, err := vault.Open(m.t.Context(), m.dir, vault.Options{Keys: []crypto.Key{key}, Wait: time.Minute, State: m.files})
	if err != nil {
		m.t.Fatalf("opening the vault: %v", err)
	}
	return v
}

// write is the next writer: it sets a secret, and leaves nothing in the vault's
// folder that does not belong there.
func (m *machine) write() {
	m.t.Helper()
	m.marks++
	value := strconv.Itoa(m.marks)
	m.must(value, "set", "MARK")
	m.state.values["MARK"] = value
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		m.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"VAULT", "ballast", "db", "lock", "slots"}; !slices.Equal(names, want) {
		m.t.Fatalf("the vault's folder holds %v, want %v", names, want)
	}
}

// A deed is one run of the program.
type deed struct {
	args  []string
	stdin string
	done  func(*state) // what it makes of the state, all of it or nothing; nil: nothing
}

// do runs a deed until k, and then finds out what became of it: the state of
// before, or the one that the deed makes, which it has to be where the deed was
// acknowledged. In every other call a reader is the first to come, else a writer.
func (m *machine) do(d deed, k kill) (e end, took bool) {
	m.t.Helper()
	return m.doBefore(d, k, func(end) {})
}

// doBefore is do, with something done before anybody looks.
func (m *machine) doBefore(d deed, k kill, then func(end)) (e end, took bool) {
	m.t.Helper()
	e = m.runUntil(k, m.command(d.args...), d.stdin)
	if !e.killed && !e.acknowledged() {
		m.t.Fatalf("tacit %v: exit %d\n%s", d.args, e.code, e.err)
	}
	then(e)
	return e, m.settle(d, e.acknowledged())
}

func (m *machine) settle(d deed, acknowledged bool) (took bool) {
	m.t.Helper()
	readerFirst := m.marks%2 == 0
	if !readerFirst {
		m.write()
	}
	before, after := m.state.clone(), m.state.clone()
	if d.done != nil {
		d.done(&after)
	}
	got := m.look()
	what := after.differs(got)
	took = what == "" && (after.pin != otherPin || got.pin != before.pin)
	if !took {
		since := before.differs(got)
		switch {
		case acknowledged:
			m.t.Fatalf("tacit %v was acknowledged, and is lost:%s", d.args, what)
		case since != "":
			m.t.Fatalf("tacit %v is there in part: to what was before:%s; to what it makes:%s", d.args, since, what)
		}
	}
	m.state = got
	if readerFirst {
		m.write()
	}
	return took
}

// A row is one kind of operation that is killed.
type row struct {
	name  string
	share int // of 5,500 rounds
	init  []string
	setup func(*machine) // once
	// deed is the next thing to do; it prepares what that needs.
	deed func(m *machine, round int) deed
	// check, which may be nil, looks at what the state does not show.
	check func(m *machine, e end)
	// rewinds: the user puts an older state in the vault's place.
	rewinds bool
	// own, where it is not nil, plays a round by itself.
	own func(m *machine, s *schedule, t *tally)
}

// play plays n rounds on a machine of their own.
func (r row) play(t *testing.T, s *schedule, n int) (sum tally) {
	m := newMachine(t, r.init...)
	if r.setup != nil {
		r.setup(m)
	}
	sum = tally{name: r.name, rounds: n}
	round := 0
	one := func(k kill) {
		t.Helper()
		var p *past
		if round%4 == 1 && !r.rewinds {
			p = m.remember()
		}
		d := r.deed(m, round)
		round++
		e, took := m.doBefore(d, k, func(e end) {
			if p != nil {
				p.isRefused(e.acknowledged() && d.done != nil)
			}
		})
		if r.check != nil {
			r.check(m, e)
		}
		s.learn(k, e)
		if k != (kill{}) {
			sum.count(e, took)
		}
	}
	if r.own == nil {
		one(kill{}) // to learn how much there is to kill; it does not count
	}
	for i := range n {
		if i > 0 && i%100 == 0 {
			t.Logf("%s: %d of %d rounds", r.name, i, n)
		}
		if r.own != nil {
			r.own(m, s, &sum)
		} else {
			one(s.next())
		}
	}
	m.settle(deed{}, false)
	sum.changes, sum.reached = s.changes, len(s.hit)
	return sum
}

func (t *tally) count(e end, took bool) {
	if e.killed {
		t.killed++
	} else {
		t.ended++
	}
	if e.acknowledged() {
		t.acknowledged++
	}
	if took {
		t.took++
	} else {
		t.not++
	}
}
