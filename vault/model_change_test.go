package vault_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// A mutation is one change, drawn and not yet made.
type mutation struct {
	do   func(*vault.Vault) error
	done func()     // does to the model what do has done to the vault
	code vault.Code // what do fails with; "" where it does not
}

// mutations are all the changes that there are.
func (m *model) mutations() map[string]func(*rapid.T) mutation {
	return map[string]func(*rapid.T) mutation{
		"set": m.set, "keep value": m.keepValue, "delete": m.delete, "rename": m.rename, "copy": m.copy, "rollback": m.rollback, "batch": m.batch, "large batch": m.largeBatch,
		"policy": m.setPolicy, "add slot": m.addSlot, "replace slot": m.replaceSlot, "remove slot": m.removeSlot, "rotate": m.rotate,
	}
}

// run makes a change on both sides.
func (m *model) run(rt *rapid.T, name string, mu mutation) {
	m.counts[name]++
	err := mu.do(m.v)
	if mu.code == "" && err != nil || mu.code != "" && !errors.Is(err, mu.code) {
		rt.Fatalf("%s: want %q, got %v", name, mu.code, err)
	}
	if err == nil {
		mu.done()
	}
}

func drawName(rt *rapid.T, label string) string {
	return rapid.SampledFrom(modelNames).Draw(rt, label)
}

// condition draws a condition, and tells what it makes of a name.
func (m *model) condition(rt *rapid.T, name string) (vault.Condition, vault.Code) {
	code := func(ok bool, code vault.Code) vault.Code {
		if ok {
			return ""
		}
		return code
	}
	switch rapid.IntRange(0, 6).Draw(rt, "condition") {
	case 1:
		return vault.Absent, code(!m.live(name), vault.Exists)
	case 2:
		return vault.Present, code(m.live(name), vault.NotFound)
	case 3:
		n := m.version(name) + rapid.IntRange(0, 1).Draw(rt, "off")
		return vault.AtVersion(uint64(n)), code(n == m.version(name), vault.Conflict)
	case 4:
		n := m.version(name) + rapid.IntRange(0, 1).Draw(rt, "off")
		cond := vault.AtVersion(uint64(n)).AndPresent()
		if !m.live(name) {
			return cond, vault.NotFound
		}
		return cond, code(n == m.version(name), vault.Conflict)
	}
	return vault.Always, ""
}

// tooLong is the code of a value that the policy does not take.
func (m *model) tooLong(v vault.Value) vault.Code {
	if v.Units() > m.policy.MaxValue {
		return vault.InvalidValue
	}
	return ""
}

func firstCode(codes ...vault.Code) vault.Code {
	for _, c := range codes {
		if c != "" {
			return c
		}
	}
	return ""
}

func (m *model) set(rt *rapid.T) mutation {
	name := drawName(rt, "name")
	value, version := drawValue(rt)
	cond, code := m.condition(rt, name)
	version.origin = m.next()
	var marked vault.Change
	version.marks = m.mark(rt, name, &marked)
	return mutation{
		do: func(v *vault.Vault) error {
			_, err := v.Set(context.Background(), name, value, func(c *vault.Change) {
				c.If, c.Expires, c.Labels = cond, marked.Expires, marked.Labels
			})
			return err
		},
		done: func() { m.push(name, version) },
		code: firstCode(code, m.tooLong(value)),
	}
}

func (m *model) delete(rt *rapid.T) mutation {
	name := drawName(rt, "name")
	purge := rapid.IntRange(0, 3).Draw(rt, "purge") == 0
	cond, code := m.condition(rt, name)
	if code == "" && !m.live(name) && !(purge && m.names[name] != nil) {
		code = vault.NotFound
	}
	return mutation{
		do: func(v *vault.Vault) error {
			_, err := v.Delete(context.Background(), name, vault.DeleteOptions{Purge: purge, If: cond})
			return err
		},
		done: func() {
			m.push(name, modelVersion{gone: true})
			if n := m.names[name]; purge {
				n.oldest = len(n.versions)
			}
		},
		code: code,
	}
}

// move is the common part of renaming and copying.
func (m *model) move(rt *rapid.T, do func(v *vault.Vault, from, to string, force bool) error, done func(from string)) mutation {
	from, to := drawName(rt, "from"), drawName(rt, "to")
	force := rapid.Bool().Draw(rt, "force")
	mu := mutation{
		do: func(v *vault.Vault) error { return do(v, from, to, force) },
		done: func() {
			m.push(to, *m.current(from))
			done(from)
		},
	}
	switch {
	case from == to:
		mu.code = vault.Exists
	case !m.live(from):
		mu.code = vault.NotFound
	case m.live(to) && !force:
		mu.code = vault.Exists
	}
	return mu
}

func (m *model) rename(rt *rapid.T) mutation {
	return m.move(rt, func(v *vault.Vault, from, to string, force bool) error {
		_, err := v.Rename(context.Background(), from, to, force)
		return err
	}, func(from string) { m.push(from, modelVersion{gone: true}) })
}

func (m *model) copy(rt *rapid.T) mutation {
	return m.move(rt, func(v *vault.Vault, from, to string, force bool) error {
		_, err := v.Copy(context.Background(), from, to, force)
		return err
	}, func(string) {})
}

func (m *model) rollback(rt *rapid.T) mutation {
	name := drawName(rt, "name")
	number := max(1, m.version(name)-rapid.IntRange(-1, 4).Draw(rt, "back"))
	mu := mutation{do: func(v *vault.Vault) error {
		_, err := v.Rollback(context.Background(), name, uint64(number))
		return err
	}}
	n := m.names[name]
	switch {
	case n == nil || number < n.oldest || number > len(n.versions) || n.versions[number-1].gone:
		mu.code = vault.NotFound
	case number == len(n.versions):
		mu.code = vault.Conflict
	default:
		mu.done = func() { m.push(name, n.versions[number-1]) }
	}
	return mu
}

func (m *model) batch(rt *rapid.T) mutation {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(modelNames), 1, 4, rapid.ID).Draw(rt, "names")
	var (
		changes []vault.Change
		mu      mutation
		pushes  []func()
	)
	for _, name := range names {
		cond, code := m.condition(rt, name)
		c := vault.Change{Name: name, If: cond, Delete: rapid.IntRange(0, 4).Draw(rt, "delete") == 0}
		version := modelVersion{gone: true}
		if c.Delete {
			if code == "" && !m.live(name) {
				code = vault.NotFound
			}
		} else {
			c.Value, version = drawValue(rt)
			version.origin = m.next()
			version.marks = m.mark(rt, name, &c)
			code = firstCode(code, m.tooLong(c.Value))
		}
		mu.code = firstCode(mu.code, code)
		changes = append(changes, c)
		pushes = append(pushes, func() { m.push(name, version) })
	}
	if rapid.IntRange(0, 9).Draw(rt, "bad") == 0 {
		changes = append(changes, vault.Change{Name: "NO GOOD", Value: vault.Text("x")})
		mu.code = firstCode(mu.code, vault.InvalidName)
	}
	mu.do = func(v *vault.Vault) error {
		_, err := v.Apply(context.Background(), changes, nil)
		return err
	}
	mu.done = func() {
		for _, push := range pushes {
			push()
		}
	}
	return mu
}

const largePrefix = "LARGE_"

// largeBatch is a batch that takes several of the store's transactions, in few
// runs: the comparison after each step is slow with it.
func (m *model) largeBatch(rt *rapid.T) mutation {
	size := min(9000, m.policy.MaxValue)
	if rapid.IntRange(0, 19).Draw(rt, "large") != 0 || size < 9000 {
		return m.batch(rt)
	}
	m.counts["over one transaction"]++
	var changes []vault.Change
	version := modelVersion{value: strings.Repeat(rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "letter"), size), kind: crypto.Text, origin: m.next()}
	for i := range 130 {
		changes = append(changes, vault.Change{Name: fmt.Sprint(largePrefix, i), Value: vault.Text(version.value)})
	}
	return mutation{
		do: func(v *vault.Vault) error {
			_, err := v.Apply(context.Background(), changes, nil)
			return err
		},
		done: func() {
			for _, c := range changes {
				m.push(c.Name, version)
			}
		},
	}
}

// setPolicy changes what is kept and taken from then on; nothing that is there
// goes before its name changes.
func (m *model) setPolicy(rt *rapid.T) mutation {
	policy := vault.Policy{
		MaxValue: rapid.SampledFrom([]int{5, 10_000, 10_000, vault.MaxValueLimit}).Draw(rt, "max"),
		History:  rapid.IntRange(0, 5).Draw(rt, "history"),
	}
	mu := mutation{
		do:   func(v *vault.Vault) error { return v.SetPolicy(context.Background(), policy) },
		done: func() { m.policy = policy },
	}
	if policy.History == 0 {
		mu.code = vault.InvalidValue
	}
	return mu
}

func drawLabel(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"identity", "a", "b", "c-1"}).Draw(rt, "label")
}

func (m *model) slot(label string) int {
	return slices.IndexFunc(m.slots, func(s modelSlot) bool { return s.label == label })
}

// drop takes a slot out of the table; its key opens nothing from then on.
func (m *model) drop(label string) {
	i := m.slot(label)
	m.lost = append(m.lost, m.slots[i].key)
	m.slots = slices.Delete(m.slots, i, i+1)
}

func (m *model) addSlot(rt *rapid.T) mutation {
	label := drawLabel(rt)
	key, lock := newKey(m.f.t, false)
	mu := mutation{
		do: func(v *vault.Vault) error {
			_, err := v.AddSlot(context.Background(), vault.NewSlot{Label: label, Lock: lock})
			return err
		},
		done: func() { m.slots = append(m.slots, modelSlot{label, key}) },
	}
	if m.slot(label) >= 0 {
		mu.code = vault.Exists
	}
	return mu
}

func (m *model) replaceSlot(rt *rapid.T) mutation {
	label := drawLabel(rt)
	key, lock := newKey(m.f.t, false)
	mu := mutation{
		do: func(v *vault.Vault) error {
			_, err := v.ReplaceSlot(context.Background(), label, lock)
			return err
		},
		done: func() {
			m.drop(label)
			m.slots = append(m.slots, modelSlot{label, key})
		},
	}
	if m.slot(label) < 0 {
		mu.code = vault.NotFound
	}
	return mu
}

func (m *model) removeSlot(rt *rapid.T) mutation {
	label, seq := drawLabel(rt), m.next()
	mu := mutation{
		do: func(v *vault.Vault) error {
			_, err := v.RemoveSlot(context.Background(), label)
			return err
		},
		done: func() {
			m.drop(label)
			m.removed = append(m.removed, modelRemoval{label, seq})
		},
	}
	switch {
	case m.slot(label) < 0:
		mu.code = vault.NotFound
	case len(m.slots) == 1:
		mu.code = vault.InvalidValue
	}
	return mu
}

// rotate changes nothing that can be read, unless the history goes, or a slot.
func (m *model) rotate(rt *rapid.T) mutation {
	o := vault.RotateOptions{DropHistory: rapid.Bool().Draw(rt, "drop history")}
	if rapid.Bool().Draw(rt, "drop a slot") {
		o.Drop = []string{drawLabel(rt)}
	}
	seq := m.next()
	mu := mutation{
		do: func(v *vault.Vault) error {
			before := v.Status()
			r, err := v.Rotate(context.Background(), o)
			if err == nil && (r.OldPin != before.Pin || r.NewPin == before.Pin || v.Status().Pin != r.NewPin) {
				err = fmt.Errorf("the pin was %s: %+v", before.Pin, r)
			}
			return err
		},
		done: func() {
			for _, label := range o.Drop {
				m.drop(label)
				m.removed = append(m.removed, modelRemoval{label, seq})
			}
			for _, n := range m.names {
				if o.DropHistory {
					n.oldest = len(n.versions)
				}
			}
		},
	}
	for _, label := range o.Drop {
		switch {
		case m.slot(label) < 0:
			mu.code = vault.NotFound
		case len(m.slots) == 1:
			mu.code = vault.InvalidValue
		}
	}
	return mu
}
