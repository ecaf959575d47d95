package cli

import (
	"os/exec"
	"strings"
	"testing"
)

// Somebody at a terminal who hands over the whole default vault is told, once a
// command; not who chose, named the vault, or has another one. Programs are told
// nothing.
func TestHintOfTheWholeVault(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	inHome := func(args ...string) *exec.Cmd {
		cmd := tacit(t, home, args...)
		cmd.Env = cmd.Env[:2] // HOME and PATH
		return cmd
	}
	mustRun(t, inHome("init"))
	for _, name := range []string{"A_1", "A_2", "PATH", "GIT_https_git_example_0123456789ab"} {
		set := inHome("set", name, "--label", "kind=x")
		set.Stdin = strings.NewReader("v")
		mustRun(t, set)
	}
	const hint = "the command gets all 2 secrets of the default vault; --only GLOB chooses"
	dir := home + "/.local/share/tacit/default"
	for line, want := range map[string]int{
		"run -- true":                            1,
		"run --mask -- true":                     1,
		"run --clean -- true":                    1,
		"run --allow-dangerous --only * -- true": 0,
		"run --only A_* -- true":                 0,
		"run --prefix A_ -- true":                0,
		"run --label kind=x -- true":             0,
		"run --exclude A_2 -- true":              0,
		"run --map X=A_1 -- true":                0,
		"run --json -- true":                     0,
		"run --vault " + dir + " -- true":        0,
	} {
		if got := onTerminal(t, inHome(strings.Fields(line)...)); strings.Count(got, hint) != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	// Into a pipe, only the warning is there.
	quiet := inHome("run", "--", "true")
	out, err := quiet.CombinedOutput()
	if err != nil || strings.Contains(string(out), "default vault") || !strings.Contains(string(out), "left out") {
		t.Errorf("%v: %q", err, out)
	}
	// A vault that was found in the folder is no default.
	found := inHome("init", ".tacit")
	mustRun(t, found)
	if got := onTerminal(t, inHome("run", "--", "true")); strings.Contains(got, "default vault") {
		t.Errorf("in a project: %q", got)
	}
}
