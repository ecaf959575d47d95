package torture

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A past is copies of a machine's vault, from before the last write that the
// machine has acknowledged, and from after it. Whoever puts an older one in the
// vault's place than what was acknowledged is found out, however the machine or
// the program ended since then.
type past struct {
	m             *machine
	before, after string
}

// remember makes the copies, and the write between them.
func (m *machine) remember() *past {
	m.t.Helper()
	p := &past{m: m, before: filepath.Join(m.home, "past", "before"), after: filepath.Join(m.home, "past", "after")}
	if err := os.RemoveAll(filepath.Dir(p.before)); err != nil {
		m.t.Fatal(err)
	}
	err := copyTree(p.before, m.dir)
	m.write()
	if err := errors.Join(err, copyTree(p.after, m.dir)); err != nil {
		m.t.Fatal(err)
	}
	return p
}

// isRefused puts an older copy in the vault's place, and takes it away again. more
// says that a write was acknowledged after remember.
func (p *past) isRefused(more bool) {
	m, older := p.m, p.before
	m.t.Helper()
	if more {
		older = p.after
	}
	aside := m.dir + ".aside"
	if err := errors.Join(os.Rename(m.dir, aside), copyTree(m.dir, older)); err != nil {
		m.t.Fatal(err)
	}
	for _, args := range [][]string{{"get", "MARK"}, {"set", "MARK"}} {
		got := m.run("older", args...)
		if got.code != 8 || !strings.Contains(got.err, "rolled back") && !strings.Contains(got.err, "another vault") {
			m.t.Errorf("an older copy in its place (more %v): tacit %v: exit %d\n%s%s\n%s", more, args, got.code, got.out, got.err, m.memory())
		}
	}
	if err := errors.Join(os.RemoveAll(m.dir), os.Rename(aside, m.dir)); err != nil {
		m.t.Fatal(err)
	}
}

// memory is what the machine remembers, for a test that has failed.
func (m *machine) memory() string {
	out, _ := exec.Command("sh", "-c", `for d; do find "$d" -type f -exec tail -n +1 {} +; done`, "sh",
		filepath.Join(m.home, ".local"), filepath.Join(m.home, "state"), filepath.Join(filepath.Dir(m.dir), "state")).CombinedOutput()
	return string(out)
}
