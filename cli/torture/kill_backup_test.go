package torture

import (
	"fmt"
	"maps"
	"path/filepath"
)

// backupFile is a backup beside the vault.
func (m *machine) backupFile() string { return filepath.Join(filepath.Dir(m.dir), "vault.bak") }

// backupDeed changes something, and writes a new backup over the old one.
func backupDeed(m *machine, round int) deed {
	m.write()
	return deed{args: []string{"backup", "--force", m.backupFile()}}
}

// checkBackup asks that there is a backup, whole, and the new one where it was
// acknowledged: then it holds the last commit.
func checkBackup(m *machine, e end) {
	got := m.run("", "restore", "--check", m.backupFile())
	if got.code != 0 && (e.acknowledged() || m.backed) {
		m.t.Fatalf("a backup that was there is not whole: exit %d\n%s", got.code, got.err)
	}
	m.backed = m.backed || got.code == 0
}

// restoreDeed backs up, changes something, and puts the backup in the vault's place.
func restoreDeed(m *machine, round int) deed {
	m.must("", "backup", "--force", m.backupFile())
	then := maps.Clone(m.state.values)
	value := fmt.Sprint("discarded ", round)
	m.must(value, "set", "D"+value[len(value)-1:])
	m.state.values["D"+value[len(value)-1:]] = value
	m.write()
	mark := m.state.values["MARK"]
	return deed{args: []string{"restore", m.backupFile(), "--replace", "--yes"}, done: func(s *state) {
		written := s.values["MARK"]
		s.values = maps.Clone(then)
		if written != mark { // the next writer has come by
			s.values["MARK"] = written
		}
	}}
}
