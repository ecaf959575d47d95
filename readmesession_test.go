package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestReadmeSession types the session that the README begins with, on a terminal, and
// expects what it shows. A line "…" stands for any lines; a pin is another one each
// time.
func TestReadmeSession(t *testing.T) {
	t.Parallel()
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("builds the program, and needs script of util-linux for a terminal")
	}
	if _, err := exec.LookPath("script"); err != nil {
		t.Skip(err)
	}
	_, session, ok := strings.Cut(string(readFile(t, "README.md")), "```console\n")
	session, _, closed := strings.Cut(session, "```")
	if !ok || !closed {
		t.Fatal("the README shows no session")
	}
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	app, bin := filepath.Join(home, "app"), built(t)
	if err := os.Mkdir(app, 0o700); err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, step := range strings.Split("\n"+session, "\n$ ")[1:] {
		commands++
		command, want, _ := strings.Cut(step, "\n")
		cmd := exec.Command("script", "-qc", command, "/dev/null")
		cmd.Dir = app
		cmd.Env = []string{"HOME=" + home, "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "TERM=dumb", "SHELL=/bin/sh", "LANG=C.UTF-8"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		got := strings.ReplaceAll(strings.ReplaceAll(string(out), "\r\n", "\n"), home, "/home/me")
		if !regexp.MustCompile(expected(want)).MatchString(got) {
			t.Errorf("%s prints\n%sThe README says\n%s", command, got, want)
		}
	}
	if commands != 5 {
		t.Errorf("the session has %d commands; it is to have five", commands)
	}
}

// expected is the pattern of what a session shows.
func expected(shown string) string {
	shown = strings.TrimSuffix(shown, "\n")
	if shown != "" {
		shown += "\n"
	}
	p := regexp.QuoteMeta(shown)
	p = regexp.MustCompile("[0-9a-f]{64}").ReplaceAllString(p, "[0-9a-f]{64}")
	return `(?s)\A` + strings.ReplaceAll(p, "…\n", ".*") + `\z`
}
