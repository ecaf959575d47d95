package torture

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The rows that need more than one run of the program a round.

// phrase is the file of passphrase n.
func (m *machine) phrase(n int) string { return filepath.Join(m.home, "phrase"+strconv.Itoa(n)) }

// newPhrase adds a passphrase, the first of two. The secret PHRASE says which
// of them opens the vault.
func newPhrase(m *machine) {
	for n := range 2 {
		if err := os.WriteFile(m.phrase(n), fmt.Appendf(nil, "correct horse %d battery staple", n), 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
	m.must("", "key", "add", "passphrase", "--passphrase-file", m.phrase(0))
	m.state.slots = append(m.state.slots, "passphrase passphrase")
	m.notePhrase(0)
}

func (m *machine) notePhrase(n int) {
	m.must(strconv.Itoa(n), "set", "PHRASE")
	m.state.values["PHRASE"] = strconv.Itoa(n)
}

// notedPhrase is the passphrase that opened the vault last.
func (m *machine) notedPhrase() int {
	n, _ := strconv.Atoi(m.state.values["PHRASE"])
	return n
}

func passwdDeed(m *machine, _ int) deed {
	return deed{args: []string{"key", "passwd", "--passphrase-file", m.phrase(1 - m.notedPhrase())}}
}

// checkPhrase asks that exactly one passphrase opens the vault, the new one
// where the change was acknowledged.
func checkPhrase(m *machine, e end) {
	opens := -1
	for n := range 2 {
		switch got := m.run("", "get", "MARK", "--passphrase-file", m.phrase(n)); {
		case got.code == 0 && opens < 0:
			opens = n
		case got.code == 0:
			m.t.Fatal("both passphrases open the vault")
		case got.code != 7:
			m.t.Fatalf("with passphrase %d: exit %d\n%s", n, got.code, got.err)
		}
	}
	switch {
	case opens < 0:
		m.t.Fatal("neither passphrase opens the vault")
	case e.acknowledged() && opens == m.notedPhrase():
		m.t.Fatal("a change of the passphrase was acknowledged, and is lost")
	}
	m.notePhrase(opens)
}

// recoveryDeed is the first command after a process that was killed while it
// wrote: it recovers the database before anything else.
func recoveryDeed(command, name string) func(*machine, int) deed {
	return func(m *machine, round int) deed {
		m.stopUncleanly()
		if command == "get" {
			return deed{args: []string{"get", name}}
		}
		value := fmt.Sprint("recovered ", round)
		return deed{[]string{"set", name}, value, func(s *state) { s.values[name] = value }}
	}
}

// stopUncleanly kills a process that writes what is there already, so that
// there is a log to be replayed, and nothing to tell apart.
func (m *machine) stopUncleanly() {
	m.t.Helper()
	if !canTrace {
		return // only what the rounds' own kills leave
	}
	for n := 12; ; n++ {
		e := m.runUntil(kill{change: n}, m.command("set", "MARK"), m.state.values["MARK"])
		logs, err := filepath.Glob(filepath.Join(m.dir, "db", "*.mem"))
		if err != nil {
			m.t.Fatal(err)
		}
		if len(logs) > 0 {
			return
		}
		if !e.killed {
			m.t.Fatal("no moment of a write leaves a log behind")
		}
	}
}

// sweepDeed is the first writer after an import that was killed half way. The
// import stores what is there already.
func sweepDeed(m *machine, round int) deed {
	again := importOf("S", 1500, "seed")
	if canTrace {
		m.runUntil(kill{change: 14 + round%12}, m.command(again.args...), again.stdin)
	}
	value := fmt.Sprint("swept ", round)
	return deed{[]string{"set", "SWEPT"}, value, func(s *state) { s.values["SWEPT"] = value }}
}

// initRound kills an init. There is a vault that works, or none, and then the
// same init makes one once what is left is removed.
func initRound(m *machine, s *schedule, t *tally) {
	dir, id := filepath.Join(m.home, "fresh"), filepath.Join(m.home, "fresh.txt")
	for _, path := range []string{dir, id} {
		if err := os.RemoveAll(path); err != nil {
			m.t.Fatal(err)
		}
	}
	// What the machine remembers of the path goes with the vault.
	m.run("", "trust", "--forget", dir, "--yes") // which fails where nothing is remembered
	init := []string{"init", dir, "--identity", id}
	fresh := []string{"--vault", dir, "--identity", id}
	if s.took == 0 {
		s.learn(kill{}, m.runUntil(kill{}, m.command(init...), ""))
		initRound(m, s, t)
		return
	}
	k := s.next()
	e := m.runUntil(k, m.command(init...), "")
	s.learn(k, e)
	_, err := os.Stat(filepath.Join(dir, "VAULT"))
	took := err == nil
	t.count(e, took)
	if e.acknowledged() && !took {
		m.t.Fatal("an init was acknowledged, and there is no vault")
	}
	if !took {
		if got := m.run("", append(fresh, "get", "K")...); got.code != 6 && got.code != 8 {
			m.t.Fatalf("get after an init that was killed: exit %d\n%s", got.code, got.err)
		}
		if err := os.RemoveAll(dir); err != nil {
			m.t.Fatal(err)
		}
		m.must("", init...)
	}
	m.must("v", append(fresh, "set", "K")...)
	if got := m.must("", append(fresh, "get", "K")...); got != "v" {
		m.t.Fatal("the secret is another one")
	}
	m.must("", append(fresh, "verify", "--full")...)
}

// agentRound kills an agent while clients write through it, each a secret of
// its own. Every fourth round they write so much that the agent begins new logs.
func agentRound(m *machine, s *schedule, t *tally) {
	if s.took == 0 {
		s.changes, s.took = 400, 1500*time.Millisecond
	}
	pad := ""
	k := s.next()
	if s.n%4 == 0 {
		pad, k = strings.Repeat("é", 30_000), kill{after: s.took + time.Duration(s.dice.Int64N(int64(s.took)))}
	}
	past := m.remember()
	clients := newClients(m, 4, pad)
	stop := clients.start()
	e := m.runUntil(k, m.command("agent", "run", "--ttl", "15m", "--no-input"), "")
	stop()
	if !e.killed {
		m.t.Fatalf("the agent ended by itself: exit %d\n%s", e.code, e.err)
	}
	s.learn(k, e)
	past.isRefused(clients.count.Load() > 0)
	t.killed++
	t.acknowledged += clients.check()
}
