package cli

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var writePiped = flag.Bool("write-piped", false, "write the golden of TestPiped again: for a new command, and for nothing else")

// thisCentury are days on which a test may run, and not those that the commands name.
const thisCentury = `\b20(?:2[1-9]|[3-9]\d)-\d\d-\d\d`

// volatile is what differs from run to run, and what stands for it.
var volatile = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(thisCentury + `T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`), "TIME"},
	{regexp.MustCompile(thisCentury), "DAY"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "PIN"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "ID"},
	{regexp.MustCompile(`age1[0-9a-z]{20,}`), "RECIPIENT"},
	{regexp.MustCompile(`\b\d+[smh] ago`), "AGO"},
	{regexp.MustCompile(`\b[0-9.]+ [KMGT]iB are free`), "SPACE are free"},
	{regexp.MustCompile(`lies on [a-z0-9]+`), "lies on FILESYSTEM"},
	{regexp.MustCompile(`go1\.[0-9.a-z]+`), "GOVERSION"},
	{regexp.MustCompile(`linux/[a-z0-9]+`), "PLATFORM"},
}

// TestPiped holds what commands write into pipes, and under --json, to the byte: scripts
// depend on it. What changes for people at a terminal changes nothing here.
func TestPiped(t *testing.T) {
	t.Parallel()
	if got := pipedAll(t); *writePiped {
		if err := os.WriteFile(pipedFile("golden"), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else {
		comparePiped(t, got)
	}
}

// The small program writes the same.
func TestPipedSmall(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("TestFrontScripts runs what it answers")
	}
	comparePiped(t, pipedAll(t, smallVariable+"=1"))
}

func pipedFile(name string) string { return filepath.Join("..", "testdata", "piped", name) }

// pipedAll is what all the commands write.
func pipedAll(t *testing.T, env ...string) string {
	t.Helper()
	script, err := os.ReadFile(pipedFile("commands"))
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	var got strings.Builder
	for line := range strings.Lines(string(script)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			got.WriteString(piped(t, home, line, env...))
		}
	}
	return got.String()
}

func comparePiped(t *testing.T, got string) {
	t.Helper()
	want, err := os.ReadFile(pipedFile("golden"))
	if err != nil {
		t.Fatal(err)
	}
	parts, wanted := strings.Split(got, "\n$ "), strings.Split(string(want), "\n$ ")
	if len(parts) != len(wanted) {
		t.Errorf("%d commands, the golden has %d", len(parts), len(wanted))
	}
	for i := range min(len(parts), len(wanted)) {
		if parts[i] != wanted[i] {
			t.Errorf("$ %s\nit was\n$ %s", parts[i], wanted[i])
		}
	}
}

// piped runs a line with pipes for its output, and is all that came out of them.
func piped(t *testing.T, home, line string, env ...string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = home, append(append(tacit(t, home).Env, "SCRIPT_TTY="), env...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	text := fmt.Sprintf("\n$ %s\n[%d]\n%s[stderr]\n%s", line, exitCodeOf(err), out.String(), errOut.String())
	text = strings.ReplaceAll(text, home, "HOME")
	for _, v := range volatile {
		text = v.what.ReplaceAllString(text, v.by)
	}
	return text
}
