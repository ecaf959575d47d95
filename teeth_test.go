package main_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tacit-vault/tacit/store/longtest"
)

var teeth = flag.Bool("teeth", false, "break the code on purpose, and see which tests fail")

// mutation is the code broken in one place, and the tests that must notice.
type mutation struct {
	tests [][]string // what follows "go test"
	edits []edit
}

type edit struct{ file, old, new string }

// readMutation reads a file of testdata/teeth; its README says what is in one.
func readMutation(t *testing.T, path string) (m mutation) {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(a.Comment)) {
		if test, ok := strings.CutPrefix(line, "test: "); ok {
			m.tests = append(m.tests, strings.Fields(test))
		}
	}
	for i := 0; i+1 < len(a.Files); i += 2 {
		if a.Files[i+1].Name != "with" {
			t.Fatalf("%s: no replacement after %s", path, a.Files[i].Name)
		}
		m.edits = append(m.edits, edit{a.Files[i].Name, string(a.Files[i].Data), string(a.Files[i+1].Data)})
	}
	if len(m.tests) == 0 || len(m.edits) == 0 || len(a.Files)%2 != 0 {
		t.Fatalf("%s: %d tests, %d files", path, len(m.tests), len(a.Files))
	}
	return m
}

// apply breaks the code below dir; check only asks whether it could.
func (m mutation) apply(t *testing.T, dir string, check bool) {
	t.Helper()
	for _, e := range m.edits {
		path := filepath.Join(dir, filepath.FromSlash(e.file))
		b := readFile(t, path)
		if n := bytes.Count(b, []byte(e.old)); n != 1 {
			t.Fatalf("the text to replace stands in %s %d times:\n%s", e.file, n, e.old)
		}
		if check {
			continue
		}
		if err := os.WriteFile(path, bytes.Replace(b, []byte(e.old), []byte(e.new), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTeeth breaks what the vault rests on, one thing at a time, and holds that
// the tests which are there for it fail. Without -teeth it holds that what is
// to be broken is still there.
func TestTeeth(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "teeth", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal("no mutations", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			m := readMutation(t, path)
			if m.apply(t, ".", true); *teeth {
				m.bite(t)
			}
		})
	}
}

// bite runs the tests on a broken copy of the module.
func (m mutation) bite(t *testing.T) {
	t.Setenv(longtest.Variable, "1") // who notices may be among the long ones
	dir := t.TempDir()
	copyModule(t, dir)
	m.apply(t, dir, false)
	for _, args := range m.tests {
		out, err := goCommand(dir, append([]string{"test", "-count", "1", "-vet", "off", "-trimpath", "-timeout", "1h"}, args...)...)
		var failed []string
		for line := range strings.Lines(out) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); ok {
				failed = append(failed, strings.Fields(name)[0])
			}
		}
		switch {
		case err == nil:
			t.Errorf("nothing fails in %s", strings.Join(args, " "))
		case len(failed) == 0:
			t.Errorf("%s: no test fails, but: %v\n%.2000s", strings.Join(args, " "), err, out)
		default:
			t.Logf("%s: %d fail, %s among them", strings.Join(args, " "), len(failed), failed[len(failed)-1])
		}
	}
}

func goCommand(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// copyModule copies what git knows of, and what it would add.
func copyModule(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skip("not a git checkout")
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, readFile(t, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
