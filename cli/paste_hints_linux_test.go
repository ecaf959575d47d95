package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clonedAs are folders that somebody else has named: in a shell that takes one for more
// than a word, the command canary is run.
var clonedAs = []string{
	"it's; canary #", `a\'; canary #`, "a\n canary\n'; canary #", `x" ; canary; $(canary) tacit set; canary #`,
}

// What a message offers to paste is harmless whatever a folder is called: the hints
// of a few errors, and what doctor advises, are run by each shell that is here, whole
// and from the command in them on. None of their commands does anything.
func TestHintsAreHarmless(t *testing.T) {
	t.Parallel()
	p := paster{t: t, bin: t.TempDir(), hints: t.TempDir()}
	for _, name := range []string{"tacit", "chmod", "rm", "mv", "cp"} {
		p.command(name, "exit 0")
	}
	p.command("canary", `echo "$HINT" >> "$CANARY"`)
	for _, name := range clonedAs {
		before := p.named
		p.provoke(name)
		if p.named < before+8 {
			t.Errorf("%q: only %d hints name the folder", name, p.named-before)
		}
	}
	tried := 0
	for shell, script := range map[string]string{
		"sh":   `for HINT in *; do export HINT; (. "./$HINT"); done`,
		"bash": `for HINT in *; do export HINT; (. "./$HINT"); done`,
		"zsh":  `for HINT in *; do export HINT; (. "./$HINT"); done`,
		"fish": `for f in *; set -gx HINT $f; source $f; end`,
	} {
		if path, err := exec.LookPath(shell); err == nil {
			p.paste(path, script)
			tried++
		}
	}
	if tried == 0 {
		t.Fatal("no shell was tried")
	}
}

// paster makes commands fail, and pastes what they offer.
type paster struct {
	t     *testing.T
	bin   string // the commands that there are
	hints string // a file for each text that is pasted
	seen  int
	named int // hints that name the folder
}

func (p *paster) command(name, body string) {
	p.write(filepath.Join(p.bin, name), "#!/bin/sh\n"+body+"\n", 0o700)
}

func (p *paster) write(path, text string, mode os.FileMode) {
	p.t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
}

// provoke makes commands fail around a vault in a folder of that name.
func (p *paster) provoke(name string) {
	p.t.Helper()
	folder := filepath.Join(p.t.TempDir(), name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		p.t.Fatal(err)
	}
	c, dir := newClinic(p.t, folder), filepath.Join(folder, "vault")
	says := func(args ...string) {
		p.t.Helper()
		_, out := c.run(append([]string{"--json"}, args...)...)
		p.offered(out)
	}
	must := func(err error) {
		p.t.Helper()
		if err != nil {
			p.t.Fatal(err)
		}
	}
	must(os.Chmod(dir, 0o755))
	says("ls")
	says("doctor")
	must(os.Chmod(dir, 0o700))
	says("trust", "--forget", dir, "--yes")
	must(os.Rename(filepath.Join(dir, "VAULT"), filepath.Join(folder, "kept")))
	says("ls", "--vault", dir)
	must(os.Rename(dir, filepath.Join(folder, "moved")))
	must(os.Rename(filepath.Join(folder, "kept"), filepath.Join(folder, "moved", "VAULT")))
	says("ls")
	says("init", dir)
	says("ls", "--vault", filepath.Join(folder, "moved"))
	says("ls")
	says("doctor")
	must(os.Symlink(filepath.Join(folder, "moved"), dir))
	says("ls")
}

// offered keeps the hints and remedies in what a command printed under --json.
func (p *paster) offered(out string) {
	for line := range strings.Lines(out) {
		var j struct {
			Hint     string
			Findings []struct{ Remedy string }
		}
		if json.Unmarshal([]byte(line), &j) != nil {
			continue // a result that is an array
		}
		p.offer(j.Hint)
		for _, f := range j.Findings {
			p.offer(f.Remedy)
		}
	}
}

func (p *paster) offer(hint string) {
	p.t.Helper()
	if !strings.Contains(hint, "canary") {
		return
	}
	p.named++
	for i, text := range []string{"", "tacit ", "chmod "} {
		at := strings.Index(hint, text)
		if i == 0 || at > 0 && !strings.Contains(hint[:at], "'") { // behind a quote it may stand in the name
			p.write(filepath.Join(p.hints, fmt.Sprintf("%04d", p.seen)), hint[at:]+"\n", 0o600)
			p.seen++
		}
	}
}

// paste has a shell run every text that was offered.
func (p *paster) paste(shell, script string) {
	p.t.Helper()
	canary, home := filepath.Join(p.t.TempDir(), "canary"), p.t.TempDir()
	c := exec.CommandContext(p.t.Context(), shell, "-c", script)
	c.Dir, c.Env = p.hints, []string{"PATH=" + p.bin, "CANARY=" + canary, "HOME=" + home}
	c.WaitDelay = time.Minute
	_ = c.Run() // prose is no command
	ran, _ := os.ReadFile(canary)
	for hint := range strings.Lines(string(ran)) {
		text, _ := os.ReadFile(filepath.Join(p.hints, strings.TrimSpace(hint)))
		p.t.Errorf("%s runs what the folder is called: %s", shell, text)
	}
}
