package torture

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// rows are the operations that are killed. Their shares are those of a full
// run of 5,500 rounds.
var rows = []row{
	{name: "set", share: 700, deed: setDeed},
	{name: "change", share: 500, setup: seedSecrets(12), deed: changeDeed},
	{name: "import", share: 500, deed: importDeed(1500)},
	{name: "rotate", share: 450, setup: seedSecrets(300), deed: rotateDeed},
	{name: "purge", share: 350, setup: seedSecrets(200), deed: purgeDeed},
	{name: "merge", share: 350, deed: mergeDeed},
	{name: "compaction", share: 150, init: []string{"--max-value", "65536", "--history", "1"}, deed: compactionDeed},
	{name: "keys", share: 300, setup: newKey, deed: keyDeed, check: checkKey},
	{name: "passwd", share: 100, setup: newPhrase, deed: passwdDeed, check: checkPhrase},
	{name: "policy", share: 150, deed: policyDeed},
	{name: "init", share: 200, own: initRound},
	{name: "agent", share: 300, init: []string{"--max-value", "65536"}, own: agentRound},
	{name: "recover get", share: 225, setup: seedSecrets(1), deed: recoveryDeed("get", "S0")},
	{name: "recover set", share: 225, setup: seedSecrets(1), deed: recoveryDeed("set", "S0")},
	{name: "backup", share: 100, setup: seedSecrets(300), deed: backupDeed, check: checkBackup},
	{name: "restore", share: 200, setup: seedSecrets(300), deed: restoreDeed, rewinds: true},
	{name: "sync", share: 500, setup: newGroup, deed: syncDeed, check: checkSync},
	{name: "sweep", share: 200, setup: seedSecrets(1500), deed: sweepDeed},
}

// seedSecrets stores secrets S0, S1, … at once.
func seedSecrets(n int) func(*machine) {
	return func(m *machine) {
		d := importOf("S", n, "seed")
		m.must(d.stdin, d.args...)
		d.done(&m.state)
	}
}

// importOf is an import of n secrets whose values say which import it was.
func importOf(prefix string, n int, which string) deed {
	values := make(map[string]string, n)
	for i := range n {
		values[prefix+strconv.Itoa(i)] = which
	}
	return importAll(values)
}

func importAll(values map[string]string) deed {
	b, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	return deed{args: []string{"import", "json"}, stdin: string(b), done: func(s *state) {
		for name, value := range values {
			s.values[name] = value
		}
	}}
}

// setDeed sets one of a few secrets; every fifth value is so large that the
// database keeps it apart.
func setDeed(m *machine, round int) deed {
	value := fmt.Sprint("set ", round)
	if round%5 == 4 {
		value = strings.Repeat("é", 5000) + value
	}
	name := "K" + strconv.Itoa(round%7)
	return deed{[]string{"set", name}, value, func(s *state) { s.values[name] = value }}
}

// changeDeed is each of the smaller changes in its turn.
func changeDeed(m *machine, round int) deed {
	value := fmt.Sprint("change ", round)
	name := "S" + strconv.Itoa(round%12)
	put := func(name, value string) func(*state) { return func(s *state) { s.values[name] = value } }
	if _, ok := m.state.values[name]; !ok { // deleted or renamed by an earlier one
		return deed{[]string{"set", name}, value, put(name, value)}
	}
	switch old := m.state.values[name]; round % 5 {
	case 0:
		return deed{[]string{"rm", name}, "", func(s *state) { delete(s.values, name) }}
	case 1:
		return deed{[]string{"mv", "--force", name, "MOVED"}, "", func(s *state) { delete(s.values, name); s.values["MOVED"] = old }}
	case 2:
		return deed{[]string{"cp", "--force", name, "COPIED"}, "", put("COPIED", old)}
	default:
		return deed{[]string{"update", name}, value, put(name, value)}
	}
}

// importDeed imports more than a transaction of the database takes, and in
// every third round less.
func importDeed(n int) func(*machine, int) deed {
	return func(m *machine, round int) deed {
		if round%3 == 2 {
			return importOf("I", 40, fmt.Sprint("import ", round))
		}
		return importOf("I", n, fmt.Sprint("import ", round))
	}
}

func rotateDeed(m *machine, round int) deed {
	return deed{args: []string{"rotate"}, done: func(s *state) { s.pin = otherPin }}
}

// purgeDeed sets a secret so that there is something to purge, and purges it.
func purgeDeed(m *machine, round int) deed {
	name := "P" + strconv.Itoa(round%3)
	m.must("purge me", "set", name)
	m.state.values[name] = "purge me"
	return deed{args: []string{"rm", "--purge", "--yes", name}, done: func(s *state) { delete(s.values, name) }}
}

// mergeDeed is a session that finds so many small tables that it merges them.
func mergeDeed(m *machine, round int) deed {
	for len(m.tables()) < 8 {
		m.write()
	}
	return setDeed(m, round)
}

// tables are the database's tables.
func (m *machine) tables() []string {
	tables, _ := filepath.Glob(filepath.Join(m.dir, "db", "*.sst"))
	return tables
}

// compactionDeed imports more than the database holds in memory, so that it
// begins a new log, writes tables, merges them and moves them down meanwhile.
func compactionDeed(m *machine, round int) deed {
	values := map[string]string{}
	value := strings.Repeat(fmt.Sprintf("%09d,", round), 5500)
	for i := range 190 {
		values["C"+strconv.Itoa((i+round*60)%320)] = value
	}
	return importAll(values)
}

func policyDeed(m *machine, round int) deed {
	p := m.state.policy
	p.MaxValue, p.History = 10_000+round%100, 5+round%7
	args := []string{"policy", "--max-value", strconv.Itoa(p.MaxValue), "--history", strconv.Itoa(p.History)}
	return deed{args: args, done: func(s *state) { s.policy = p }}
}

// spare is another key than the machine's own, in a file.
func (m *machine) spare() string { return filepath.Join(m.home, "spare") }

func newKey(m *machine) {
	id, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(m.spare(), []byte(id.Reveal()+"\n"), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// keyDeed adds the spare key, or removes it.
func keyDeed(m *machine, round int) deed {
	last := len(m.state.slots) - 1
	if last > 0 {
		return deed{args: []string{"key", "remove", "spare", "--yes"}, done: func(s *state) { s.slots = s.slots[:last] }}
	}
	return deed{args: []string{"key", "add", "age", m.recipient(m.spare()), "--label", "spare"}, done: func(s *state) {
		s.slots = append(s.slots, "spare age")
	}}
}

// recipient is the public half of an identity file.
func (m *machine) recipient(path string) string {
	m.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		m.t.Fatal(err)
	}
	key, err := crypto.Identities("spare", strings.NewReader(string(b)))
	if err != nil {
		m.t.Fatal(err)
	}
	return key.Recipients()[0]
}

// checkKey asks that the spare key opens the vault if it has a slot.
func checkKey(m *machine, _ end) {
	want := 7
	if len(m.state.slots) > 1 {
		want = 0
	}
	if got := m.run("", "get", "MARK", "--identity", m.spare()); got.code != want {
		m.t.Fatalf("with the spare key: exit %d, want %d\n%s", got.code, want, got.err)
	}
}
