package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestUnits: systemd takes the units of the packages for units, and each starts a
// command that tacit has.
func TestUnits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program")
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip(err)
	}
	bin, units := built(t), t.TempDir()
	commands := commandNames(t)
	for kind, want := range map[string]int{"user": 3, "system": 1} {
		files, err := filepath.Glob(filepath.Join("packaging", "systemd", kind, "*"))
		if err != nil || len(files) != want {
			t.Fatalf("%d %s units, must be %d, %v", len(files), kind, want, err)
		}
		analyze := exec.Command("systemd-analyze", "verify", "--"+kind, "--man=no")
		for _, file := range files {
			text := strings.ReplaceAll(string(readFile(t, file)), "@bindir@", bin)
			path := filepath.Join(units, kind, filepath.Base(file))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			writeFile(t, path, []byte(text))
			analyze.Args = append(analyze.Args, path)
			if _, command, ok := strings.Cut(text, "ExecStart="+bin+"/tacit "); ok != (filepath.Ext(file) == ".service") || ok && !slices.Contains(commands, strings.Fields(command)[0]) {
				t.Errorf("%s starts no command of tacit's:\n%s", file, text)
			}
		}
		out, err := analyze.CombinedOutput()
		for line := range strings.Lines(string(out)) { // of its own system it may say more
			if strings.Contains(line, units) || strings.Contains(line, "tacit") {
				t.Errorf("%s: %s", kind, line)
			}
		}
		t.Logf("%s: %v", kind, err)
	}
}

// TestFleetUnit: the page on fleets shows the unit of the packages.
func TestFleetUnit(t *testing.T) {
	t.Parallel()
	unit := string(readFile(t, filepath.Join("packaging", "systemd", "system", "tacit-sync.service")))
	_, shown, _ := strings.Cut(string(readFile(t, filepath.Join("docs", "fleet.md"))), "tacit-sync.service of the packages")
	_, shown, _ = strings.Cut(shown, "\n")
	shown, _, ok := strings.Cut(shown, "```")
	if !ok || !strings.HasPrefix(shown, "[Service]\n") || !strings.Contains(unit, strings.ReplaceAll(shown, "/usr/bin/", "@bindir@/")) {
		t.Errorf("the page shows\n%s\nthe unit is\n%s", shown, unit)
	}
}
