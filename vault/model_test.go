package vault_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// TestModel does random operations to a vault on the disk and to a map of
// versions, and asks that both always tell the same. After a crash, or an
// operation during which the disk failed, the vault may be in the state before it
// or in the state after it, and in no other.
//
// A check takes about a second of a processor; the disk is not what is tested:
//
//	TMPDIR=/dev/shm go test ./vault -run TestModel -rapid.checks 2000 -timeout 24h
func TestModel(t *testing.T) {
	t.Parallel()
	long(t)
	counts := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(t, counts)
		defer func() { m.v.Close() }()
		actions := map[string]func(*rapid.T){
			"reopen": m.reopen, "suspend": m.suspend, "crash": m.crash, "fault": m.fault, "read": m.read, "list": m.list, "": m.mustHold,
			"backup": m.backup, "restore": m.restore, "restore in place": m.restoreInPlace,
		}
		for name, prepare := range m.mutations() {
			actions[name] = func(rt *rapid.T) { m.run(rt, name, prepare(rt)) }
		}
		rt.Repeat(actions)
	})
	t.Logf("operations: %v", counts)
}

// A model is a vault, and what it should be.
type model struct {
	f      *fixture
	v      *vault.Vault
	counts map[string]int
	modelState
	lost  []crypto.Key  // keys of slots that are no more
	saved []modelBackup // backups that there are, oldest first
	turn  int           // of comparing: see holds
}

// A modelState is what comes back with a backup.
type modelState struct {
	names   map[string]*modelName
	policy  vault.Policy
	slots   []modelSlot
	removed []modelRemoval
}

type modelName struct {
	versions []modelVersion // all that ever were, oldest first
	oldest   int            // number of the oldest that is kept
}

type modelVersion struct {
	value  string
	kind   crypto.Kind
	gone   bool
	origin uint64 // the commit that first wrote the value
	marks  modelMarks
}

type modelSlot struct {
	label string
	key   crypto.Key
}

type modelRemoval struct {
	label string
	seq   uint64
}

func newModel(t *testing.T, counts map[string]int) *model {
	policy := vault.Policy{MaxValue: 10_000, History: 3}
	f := newFixture(t, func(o *vault.CreateOptions) { o.Policy = policy })
	m := &model{f: f, counts: counts, modelState: modelState{names: map[string]*modelName{}, policy: policy, slots: []modelSlot{{"identity", f.key}}}}
	m.v = f.open()
	return m
}

// current is the current version of a name, nil where it never was.
func (m *model) current(name string) *modelVersion {
	n := m.names[name]
	if n == nil {
		return nil
	}
	return &n.versions[len(n.versions)-1]
}

func (m *model) live(name string) bool {
	c := m.current(name)
	return c != nil && !c.gone
}

// version is the number of the current version, 0 where there never was one.
func (m *model) version(name string) int {
	if n := m.names[name]; n != nil {
		return len(n.versions)
	}
	return 0
}

// push adds a version, and forgets what the policy does not keep.
func (m *model) push(name string, v modelVersion) {
	n := m.names[name]
	if n == nil {
		n = &modelName{oldest: 1}
		m.names[name] = n
	}
	n.versions = append(n.versions, v)
	n.oldest = max(n.oldest, len(n.versions)-m.policy.History+1)
}

// next is the seq of the commit that comes.
func (m *model) next() uint64 { return m.v.Status().Seq + 1 }

var modelNames = []string{"A", "B", "AB", "a_b", "D-1"}

// value draws a value of any kind.
func drawValue(rt *rapid.T) (vault.Value, modelVersion) {
	text := rapid.StringN(0, 20, 50).Draw(rt, "value")
	switch rapid.IntRange(0, 3).Draw(rt, "kind") {
	case 1:
		return vault.Bytes([]byte(text)), modelVersion{value: text, kind: crypto.Bytes}
	case 2:
		v, err := vault.JSON([]byte(` { "n" : 1.50 , "a" : [ ] } `))
		if err != nil {
			rt.Fatal(err)
		}
		return v, modelVersion{value: `{"n":1.50,"a":[]}`, kind: crypto.JSON}
	}
	return vault.Text(text), modelVersion{value: text, kind: crypto.Text}
}

// mustHold fails where vault and model differ.
func (m *model) mustHold(rt *rapid.T) {
	if err := m.holds(); err != nil {
		rt.Fatal(err)
	}
}

// holds compares everything that the vault tells with the model. Of the names of
// large batches, whose values and versions are read with all others, it takes the
// histories in turns: each step would take a second.
func (m *model) holds() error {
	m.turn++
	for name, n := range m.names {
		if i, large := strings.CutPrefix(name, largePrefix); large && !strings.HasSuffix(i, fmt.Sprint(m.turn%10)) {
			continue
		}
		if err := m.nameHolds(name, n); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, hold := range []func() error{m.countsHold, m.secretsHold, m.slotsHold, m.exposureHolds, m.verifyHolds} {
		if err := hold(); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) nameHolds(name string, n *modelName) error {
	ctx := context.Background()
	history, err := m.v.History(ctx, name)
	if err != nil {
		return err
	}
	if len(history) != len(n.versions)-n.oldest+1 {
		return fmt.Errorf("%d versions kept, want %d to %d", len(history), n.oldest, len(n.versions))
	}
	for i, h := range history {
		number := len(n.versions) - i
		want := n.versions[number-1]
		if int(h.Version) != number || int(h.Oldest) != n.oldest || h.Deleted != want.gone || !want.marks.is(h) {
			return fmt.Errorf("version %d is %+v", number, h)
		}
		sec, err := m.v.ReadVersion(ctx, name, h.Version)
		switch {
		case want.gone && !errors.Is(err, vault.NotFound):
			return fmt.Errorf("version %d is a deletion: %v", number, err)
		case !want.gone && err != nil:
			return err
		case !want.gone && (string(sec.Value.Reveal()) != want.value || sec.Value.Kind() != want.kind):
			return fmt.Errorf("version %d has another value", number)
		}
	}
	if _, err := m.v.ReadVersion(ctx, name, uint64(n.oldest-1)); !errors.Is(err, vault.NotFound) {
		return fmt.Errorf("version %d is not kept: %v", n.oldest-1, err)
	}
	return nil
}

func (m *model) countsHold() error {
	want := vault.Status{}
	for name, n := range m.names {
		if m.live(name) {
			want.Names++
		} else {
			want.Gone++
		}
		want.Records += len(n.versions) - n.oldest + 1
	}
	if len(m.removed) > 0 { // tacit's own list, which is no secret
		want.Records++
	}
	st := m.v.Status()
	if st.Names != want.Names || st.Gone != want.Gone || st.Records != want.Records || st.Policy != m.policy || m.v.Policy() != m.policy {
		return fmt.Errorf("status %+v, want %+v, policy %+v", st, want, m.policy)
	}
	return nil
}

// sorted is the names that keep wants.
func (m *model) sorted(keep func(name string) bool) (names []string) {
	for name := range m.names {
		if keep(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (m *model) secretsHold() error {
	all, err := m.v.ReadAll(context.Background())
	if err != nil {
		return err
	}
	names := m.sorted(m.live)
	if len(all) != len(names) {
		return fmt.Errorf("%d secrets, want %v", len(all), names)
	}
	for i, sec := range all {
		c := m.current(names[i])
		if sec.Name != names[i] || string(sec.Value.Reveal()) != c.value || int(sec.Version) != m.version(sec.Name) {
			return fmt.Errorf("%s is read as %+v", names[i], sec.Info)
		}
	}
	for _, name := range modelNames {
		if _, err := m.v.Read(context.Background(), name); !m.live(name) && !errors.Is(err, vault.NotFound) {
			return fmt.Errorf("%s is not there: %v", name, err)
		}
	}
	return nil
}

func (m *model) slotsHold() error {
	slots, err := m.v.Slots(context.Background())
	if err != nil {
		return err
	}
	var got, want []string
	for _, s := range slots {
		got = append(got, s.Label)
	}
	for _, s := range m.slots {
		want = append(want, s.label)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("slots %v, want %v", got, want)
	}
	return nil
}

func (m *model) exposureHolds() error {
	list, err := m.v.Exposed(context.Background())
	if err != nil {
		return err
	}
	var got, want []string
	for _, x := range list {
		got = append(got, x.Name+": "+strings.Join(x.By, " "))
	}
	for _, name := range m.sorted(m.live) {
		var by []string
		for _, r := range m.removed {
			if m.current(name).origin < r.seq {
				by = append(by, r.label)
			}
		}
		if by != nil {
			want = append(want, name+": "+strings.Join(by, " "))
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("exposed %v, want %v", got, want)
	}
	return nil
}

func (m *model) verifyHolds() error {
	r, err := m.v.Verify(context.Background(), vault.VerifyOptions{Full: true})
	if err == nil && len(r.Findings) > 0 {
		err = fmt.Errorf("findings: %+v", r.Findings)
	}
	return err
}

// read reads some by name, in the order asked for.
func (m *model) read(rt *rapid.T) {
	names := rapid.SliceOfN(rapid.SampledFrom(modelNames), 1, 4).Draw(rt, "names")
	all, err := m.v.ReadAll(context.Background(), names...)
	if slices.ContainsFunc(names, func(n string) bool { return !m.live(n) }) {
		if !errors.Is(err, vault.NotFound) {
			rt.Fatalf("%v: %v", names, err)
		}
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	names = each(names)
	i := 0
	err = m.v.ReadEach(context.Background(), names, func(sec vault.Secret) error {
		if sec.Name != names[i] || all[i].Name != names[i] || string(sec.Value.Reveal()) != m.current(names[i]).value || string(all[i].Value.Reveal()) != m.current(names[i]).value {
			return fmt.Errorf("%s is read as %s and %s", names[i], sec.Name, all[i].Name)
		}
		i++
		return nil
	})
	if err != nil || i != len(names) || len(all) != i {
		rt.Fatal(i, err)
	}
}

// each is every name once, in the order of their first place.
func each(names []string) (once []string) {
	for _, n := range names {
		if !slices.Contains(once, n) {
			once = append(once, n)
		}
	}
	return once
}

// list pages through a part of the names, and searches them.
func (m *model) list(rt *rapid.T) {
	ctx := context.Background()
	o := vault.ListOptions{
		Prefix:  rapid.SampledFrom([]string{"", "A", "a_", "Z"}).Draw(rt, "prefix"),
		Deleted: rapid.Bool().Draw(rt, "deleted"),
		Details: rapid.Bool().Draw(rt, "details"),
		Limit:   rapid.IntRange(1, 3).Draw(rt, "limit"),
	}
	var got []string
	for {
		page, err := m.v.List(ctx, o)
		if err != nil {
			rt.Fatal(err)
		}
		for _, in := range page {
			got = append(got, in.Name)
			if int(in.Version) != m.version(in.Name) || in.Deleted == m.live(in.Name) || o.Details && (int(in.Size) != len(m.current(in.Name).value) || !m.current(in.Name).marks.is(in)) {
				rt.Fatalf("listed %+v", in)
			}
		}
		if len(page) < o.Limit {
			break
		}
		o.After = page[len(page)-1].Name
	}
	want := m.sorted(func(n string) bool { return strings.HasPrefix(n, o.Prefix) && (o.Deleted || m.live(n)) })
	if !slices.Equal(got, want) {
		rt.Fatalf("listed %v, want %v", got, want)
	}
	found, err := m.v.Find(ctx, "b", false)
	if err != nil {
		rt.Fatal(err)
	}
	got = nil
	for _, in := range found {
		got = append(got, in.Name)
	}
	if want := m.sorted(func(n string) bool { return m.live(n) && strings.ContainsAny(n, "bB") }); !slices.Equal(got, want) {
		rt.Fatalf("found %v, want %v", got, want)
	}
}
