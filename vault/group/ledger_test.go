package group

import (
	"maps"
	"slices"
)

// A ledger notes what users wrote, each value once in the whole history, and what they
// were shown when they did.
type ledger struct {
	f       *fleet
	entries []entry
}

type entry struct {
	by    *node
	name  string
	value string   // "" where it was deleted
	shown []string // values of the name that stood or were listed
	lost  bool     // its vault was put back to before it
}

func (l *ledger) set(n *node, name, value string) {
	l.entries = append(l.entries, entry{by: n, name: name, value: value, shown: n.shows(name)})
	n.set(name, value)
}

func (l *ledger) remove(n *node, name string) {
	l.entries = append(l.entries, entry{by: n, name: name, shown: n.shows(name)})
	n.remove(name)
}

// shows are the values of a name that a user of this vault can see.
func (n *node) shows(name string) (values []string) {
	n.f.t.Helper()
	if v, ok := n.all()[name]; ok {
		values = append(values, v)
	}
	return append(values, n.listed(name)...)
}

// listed are the values of a name that lost, and wait for a user.
func (n *node) listed(name string) (values []string) {
	n.f.t.Helper()
	all, err := n.g.Conflicts(n.f.t.Context())
	must(n.f.t, err)
	for _, c := range all {
		if c.Name == name {
			values = append(values, string(c.Value.Value.Reveal()))
		}
	}
	return values
}

// putBack notes that a vault was put back to how it was before this many entries.
func (l *ledger) putBack(n *node, entries int) {
	for i := range l.entries[entries:] {
		if e := &l.entries[entries+i]; e.by == n {
			e.lost = true
		}
	}
}

// check asks that each value that was written stands, is listed, or was replaced by a
// user who was shown it.
func (l *ledger) check() {
	l.f.t.Helper()
	there := map[string]bool{}
	for _, n := range l.f.nodes {
		for _, v := range n.all() {
			there[v] = true
		}
		for _, name := range slices.Sorted(maps.Keys(l.names())) {
			for _, v := range n.listed(name) {
				there[v] = true
			}
		}
	}
	for _, e := range l.entries {
		if e.value == "" || e.lost || there[e.value] || l.replaced(e) {
			continue
		}
		l.f.t.Errorf("%s was set to %q by %s, and it is nowhere", e.name, e.value, e.by.label)
	}
}

func (l *ledger) names() map[string]bool {
	names := map[string]bool{}
	for _, e := range l.entries {
		names[e.name] = true
	}
	return names
}

func (l *ledger) replaced(old entry) bool {
	return slices.ContainsFunc(l.entries, func(e entry) bool { return e.name == old.name && slices.Contains(e.shown, old.value) })
}
