package torture

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// newGroup makes the machine the owner of a group whose bundles lie in a folder beside
// its vault, and another machine a writer in it.
func newGroup(m *machine) {
	m.t.Helper()
	place := filepath.Join(filepath.Dir(m.dir), "place")
	m.must("", "group", "create", "web", "--all", "--at", place, "--label", "one", "--no-recovery", "--yes")
	code := filepath.Join(m.home, "code")
	if err := os.WriteFile(code, []byte(m.must("", "group", "invite", "web", "--role", "writer", "--label", "two")), 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.peer = newRig(m.t, "")
	m.peer.must("", "join", "--code-file", code, "--label", "two", "--no-input")
	m.must("", "sync")
	m.peer.must("", "sync")
}

// syncDeed is a sync that has something to send, and something to take.
func syncDeed(m *machine, round int) deed {
	m.t.Helper()
	value := fmt.Sprint("value ", round)
	theirs, ours := "THEIRS"+strconv.Itoa(round%7), "OURS"+strconv.Itoa(round%5)
	m.peer.must(value, "set", theirs)
	m.peer.must("", "sync")
	m.must(value, "set", ours)
	m.state.values[ours] = value
	return deed{args: []string{"sync"}, done: func(s *state) { s.values[theirs] = value }}
}

// checkSync lets both sync: each has what either has set, nobody lists a conflict, and
// both vaults verify.
func checkSync(m *machine, _ end) {
	m.t.Helper()
	m.must("", "sync")
	for name, value := range m.peer.values() {
		if strings.HasPrefix(name, "THEIRS") {
			m.state.values[name] = value
		}
	}
	m.peer.must("", "sync")
	m.peer.verifies()
	if ours, theirs := m.look().values, m.peer.values(); !maps.Equal(ours, m.state.values) || !maps.Equal(theirs, m.state.values) {
		m.t.Fatalf("after both have synced, one has %d of the %d secrets, the other %d, or other values of them",
			len(ours), len(m.state.values), len(theirs))
	}
	for _, r := range []*rig{m.rig, m.peer} {
		if list := r.must("", "conflicts", "--json"); list != "[]\n" {
			m.t.Fatalf("a conflict nobody has made: %s", list)
		}
	}
}

// values are the secrets of a rig's vault.
func (r *rig) values() (values map[string]string) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.must("", "export", "json")), &values); err != nil {
		r.t.Fatal(err)
	}
	return values
}
