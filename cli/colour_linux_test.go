package cli

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// marked is what stands around a marked word.
var marked = regexp.MustCompile("\x1b\\[[0-9;]*m")

// onScreen is onTerminal at a terminal of a size, after which a command may fail.
func onScreen(t *testing.T, columns, rows uint16, cmd *exec.Cmd) string {
	t.Helper()
	ours, theirs := openPTY(t)
	if err := unix.IoctlSetWinsize(int(theirs.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}); err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = theirs, theirs
	_ = cmd.Run()
	theirs.Close()
	return strings.ReplaceAll(rest(ours), "\r\n", "\n")
}

// Whatever decides on colours, without its marks a text is the same; and a pipe, values
// and JSON have none unless they were forced.
func TestColours(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	set := tacit(t, home, "set", "OLD", "--expires", "2020-01-02", "--label", "env=prod")
	set.Stdin = strings.NewReader("value")
	mustRun(t, set)
	lines := []string{"ls", "history OLD", "get NOT_THERE", "get OLD", "ls --json", "export dotenv"}
	ages := regexp.MustCompile(`\b\d+[smh]\b *`)
	plain := map[string]string{}
	for _, line := range lines {
		plain[line] = ages.ReplaceAllString(onScreen(t, 200, 50, tacit(t, home, strings.Fields(line)...)), "")
	}
	for _, c := range []struct {
		flag   string
		env    []string
		colour string // "": no marks, else one that is there
	}{
		{"", nil, ""},
		{"", []string{"TERM=dumb"}, ""},
		{"", []string{"TERM=xterm"}, "\x1b[37;41m"},
		{"", []string{"TERM=xterm", "NO_COLOR=1"}, "\x1b[7m"},
		{"", []string{"TERM=xterm", "CLICOLOR=0"}, "\x1b[7m"},
		{"", []string{"NO_COLOR=1", "CLICOLOR_FORCE=1"}, ""},
		{"", []string{"CLICOLOR_FORCE=1"}, "\x1b[37;41m"},
		{"--color=never", []string{"TERM=xterm", "CLICOLOR_FORCE=1"}, ""},
		{"--color=always", []string{"TERM=dumb", "NO_COLOR=1"}, "\x1b[37;41m"},
	} {
		for _, line := range lines {
			args := strings.Fields(line)
			if c.flag != "" {
				args = append(args, c.flag)
			}
			cmd := tacit(t, home, args...)
			cmd.Env = append(cmd.Env, c.env...)
			got := onScreen(t, 200, 50, cmd)
			if bare := ages.ReplaceAllString(marked.ReplaceAllString(got, ""), ""); bare != plain[line] {
				t.Errorf("%v %s: %q, and plain %q", c.env, args, bare, plain[line])
			}
			value := line == "get OLD" || line == "ls --json" || line == "export dotenv"
			if has := marked.MatchString(got); has != (c.colour != "" && !value) {
				t.Errorf("%v %s: marks are there: %v", c.env, args, has)
			}
			if line == "ls" && !strings.Contains(got, c.colour) {
				t.Errorf("%v %s: %q has no %q", c.env, args, got, c.colour)
			}
		}
	}
	piped := tacit(t, home, "history", "NOT_THERE")
	piped.Env = append(piped.Env, "TERM=xterm")
	if out, _ := piped.CombinedOutput(); marked.Match(out) {
		t.Errorf("in a pipe: %q", out)
	}
}

// A terminal that is narrow has fewer columns, and each name whole.
func TestNarrowTerminal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	name := strings.Repeat("LONG_", 18)
	set := tacit(t, home, "set", name, "--expires", "2020-01-02", "--label", "team=漢字")
	set.Stdin = strings.NewReader("value")
	mustRun(t, set)
	if got := onScreen(t, 40, 10, tacit(t, home, "ls")); !strings.HasPrefix(got, "NAME\n"+strings.Repeat("LONG_", 7)+"    !\n"+strings.Repeat("LONG_", 7)+"\n"+strings.Repeat("LONG_", 4)+"\n1 name, 1 expired\n") {
		t.Errorf("40 columns:\n%s", got)
	}
	if got := onScreen(t, 200, 10, tacit(t, home, "ls")); !strings.Contains(got, name+"    1  ") || !strings.Contains(got, "team=漢字\n") {
		t.Errorf("200 columns:\n%s", got)
	}
}
