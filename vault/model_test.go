package vault_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-vault/tacit/vault"
)

// TestModel does random operations to a vault and to a map of versions, and
// asks that both always tell the same.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t, func(o *vault.CreateOptions) { o.Policy = vault.Policy{MaxValue: 100, History: modelHistory} })
		m := &model{f: f, names: map[string][]modelVersion{}}
		m.v = f.open()
		defer func() { m.v.Close() }()
		rt.Repeat(map[string]func(*rapid.T){
			"set":      m.set,
			"delete":   m.delete,
			"rename":   m.rename,
			"rollback": m.rollback,
			"batch":    m.batch,
			"rotate":   m.rotate,
			"reopen":   m.reopen,
			"":         m.check,
		})
	})
}

const modelHistory = 3

type modelVersion struct {
	value string
	gone  bool
}

type model struct {
	f     *fixture
	v     *vault.Vault
	names map[string][]modelVersion // all versions ever, oldest first
}

func (m *model) live(name string) bool {
	vs := m.names[name]
	return len(vs) > 0 && !vs[len(vs)-1].gone
}

func (m *model) push(name string, v modelVersion) { m.names[name] = append(m.names[name], v) }

var (
	modelName  = rapid.SampledFrom([]string{"A", "B", "C", "D", "E"})
	modelValue = rapid.StringN(0, 20, 50)
)

// expect asks that err is nil exactly if ok, and otherwise has the code.
func expect(rt *rapid.T, err error, ok bool, code vault.Code) {
	rt.Helper()
	if ok && err != nil || !ok && !errors.Is(err, code) {
		rt.Fatalf("ok is %t, got %v", ok, err)
	}
}

func (m *model) set(rt *rapid.T) {
	name, value := modelName.Draw(rt, "name"), modelValue.Draw(rt, "value")
	var (
		options []vault.SetOption
		ok      = true
		code    vault.Code
	)
	switch rapid.IntRange(0, 3).Draw(rt, "condition") {
	case 1:
		options, ok, code = append(options, vault.IfAbsent()), !m.live(name), vault.Exists
	case 2:
		options, ok, code = append(options, vault.IfPresent()), m.live(name), vault.NotFound
	case 3:
		n := rapid.IntRange(0, 4).Draw(rt, "version")
		options, ok, code = append(options, vault.IfVersion(uint64(n))), n == len(m.names[name]), vault.Conflict
	}
	_, err := m.v.Set(context.Background(), name, vault.Text(value), options...)
	expect(rt, err, ok, code)
	if ok {
		m.push(name, modelVersion{value: value})
	}
}

func (m *model) delete(rt *rapid.T) {
	name := modelName.Draw(rt, "name")
	_, err := m.v.Delete(context.Background(), name, vault.DeleteOptions{})
	expect(rt, err, m.live(name), vault.NotFound)
	if err == nil {
		m.push(name, modelVersion{gone: true})
	}
}

func (m *model) rename(rt *rapid.T) {
	from, to := modelName.Draw(rt, "from"), modelName.Draw(rt, "to")
	force := rapid.Bool().Draw(rt, "force")
	_, err := m.v.Rename(context.Background(), from, to, force)
	switch {
	case from == to:
		expect(rt, err, false, vault.Exists)
	case !m.live(from):
		expect(rt, err, false, vault.NotFound)
	case m.live(to) && !force:
		expect(rt, err, false, vault.Exists)
	default:
		expect(rt, err, true, "")
		vs := m.names[from]
		m.push(to, vs[len(vs)-1])
		m.push(from, modelVersion{gone: true})
	}
}

func (m *model) rollback(rt *rapid.T) {
	name := modelName.Draw(rt, "name")
	n := rapid.IntRange(1, 6).Draw(rt, "version")
	vs := m.names[name]
	_, err := m.v.Rollback(context.Background(), name, uint64(n))
	switch {
	case n > len(vs) || n <= len(vs)-modelHistory || vs[n-1].gone:
		expect(rt, err, false, vault.NotFound)
	case n == len(vs):
		expect(rt, err, false, vault.Conflict)
	default:
		expect(rt, err, true, "")
		m.push(name, vs[n-1])
	}
}

func (m *model) batch(rt *rapid.T) {
	names := rapid.SliceOfNDistinct(modelName, 1, 4, rapid.ID).Draw(rt, "names")
	bad := rapid.Bool().Draw(rt, "bad")
	var changes []vault.Change
	for i, name := range names {
		changes = append(changes, vault.Change{Name: name, Value: vault.Text(fmt.Sprint("batch", i))})
	}
	if bad {
		changes = append(changes, vault.Change{Name: "NO GOOD", Value: vault.Text("x")})
	}
	_, err := m.v.Apply(context.Background(), changes, nil)
	expect(rt, err, !bad, vault.InvalidName)
	if !bad {
		for i, name := range names {
			m.push(name, modelVersion{value: fmt.Sprint("batch", i)})
		}
	}
}

// rotate changes nothing that can be read, unless the history goes.
func (m *model) rotate(rt *rapid.T) {
	before := m.v.Status()
	r, err := m.v.Rotate(context.Background(), vault.RotateOptions{})
	if err != nil {
		rt.Fatal(err)
	}
	if now := m.v.Status(); now.Pin != r.NewPin || now.Pin == before.Pin || now.Names != before.Names || now.Records != before.Records {
		rt.Fatalf("%+v, was %+v", now, before)
	}
}

func (m *model) reopen(rt *rapid.T) {
	if err := m.v.Close(); err != nil {
		rt.Fatal(err)
	}
	v, err := m.f.tryOpen()
	if err != nil {
		rt.Fatal(err)
	}
	m.v = v
}

func (m *model) check(rt *rapid.T) {
	ctx := context.Background()
	var want []string
	for name, vs := range m.names {
		if m.live(name) {
			want = append(want, name)
		}
		history, err := m.v.History(ctx, name)
		if err != nil {
			rt.Fatal(err)
		}
		if len(history) != min(len(vs), modelHistory) {
			rt.Fatalf("%s: %d versions kept of %d", name, len(history), len(vs))
		}
		for i, h := range history {
			n := len(vs) - i
			if int(h.Version) != n || h.Deleted != vs[n-1].gone {
				rt.Fatalf("%s: version %d is %+v", name, n, h)
			}
			sec, err := m.v.ReadVersion(ctx, name, h.Version)
			expect(rt, err, !h.Deleted, vault.NotFound)
			if err == nil && string(sec.Value.Reveal()) != vs[n-1].value {
				rt.Fatalf("%s: version %d has another value", name, n)
			}
		}
	}
	list, err := m.v.List(ctx, vault.ListOptions{})
	if err != nil {
		rt.Fatal(err)
	}
	var got []string
	for _, i := range list {
		got = append(got, i.Name)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		rt.Fatalf("listed %v, want %v", got, want)
	}
	r, err := m.v.Verify(ctx, vault.VerifyOptions{Full: true})
	if err != nil || len(r.Findings) > 0 {
		rt.Fatalf("%+v, %v", r.Findings, err)
	}
}
