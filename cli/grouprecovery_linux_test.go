package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The recovery phrase of a group is shown once at a terminal, and two of its words are
// asked for. With the phrase alone a new vault reads the group, and then owns it.
func TestGroupRecovery(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	owner, place := filepath.Join(dir, "owner"), filepath.Join(dir, "place")
	heir := filepath.Join(dir, "heir")
	for _, home := range []string{owner, heir} {
		if err := os.Mkdir(home, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, tacit(t, owner, "init"))
	mustRun(t, typing(tacit(t, owner, "set", "A"), "a"))
	var words []string
	for _, right := range []bool{false, true} {
		cmd := tacit(t, owner, "group", "create", "web", "--all", "--yes", "--at", place, "--label", "me")
		d := converse(t, cmd)
		groups, _ := d.until(`\n  ((?:[a-z]+ ){9}[a-z]+)\n\nWrite these words down`)
		words = strings.Fields(groups[1])
		d.askedWords(words, right)
		if err := cmd.Wait(); (err == nil) != right {
			t.Fatalf("%v", err)
		}
	}
	id := mustRun(t, tacit(t, owner, "group", "show", "web"))
	_, id, _ = strings.Cut(id, "id         ")
	id, _, _ = strings.Cut(id, "\n")

	// Whose vault is gone has the paper, and nothing else.
	phrase := strings.ToUpper(strings.Join(words, "  "))
	recovery := func(line string, args ...string) *exec.Cmd {
		return typing(tacit(t, heir, append([]string{"group", "recover", "--at", place, "--label", "found"}, args...)...), line)
	}
	refused(t, recovery(phrase), 6, "no vault")
	mustRun(t, tacit(t, heir, "init"))
	refused(t, recovery("one two three four five six seven eight nine ten"), 3, "no group there has this recovery phrase")
	refused(t, recovery("too short"), 7, "ten words")
	refused(t, recovery(phrase, "--id", "nonsense"), 2, "32 of 0 to 9")
	refused(t, recovery(phrase, "--id", strings.Repeat("0", 32)), 2, "32 of 0 to 9")
	refused(t, recovery(phrase, "--id", strings.Repeat("1", 32)), 3, "no group there")
	refused(t, typing(tacit(t, heir, "group", "recover"), phrase), 2, "where do")
	refused(t, typing(tacit(t, heir, "group", "recover", "--at", filepath.Join(dir, "nowhere")), phrase), 11, "could be reached")
	cmd := recovery(phrase, "--id", id)
	said, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(said), id) || !strings.Contains(string(said), "tacit group takeover web") {
		t.Fatalf("%v: %s", err, said)
	}
	if got := mustRun(t, tacit(t, heir, "get", "A")); got != "a" {
		t.Errorf("%q", got)
	}
	refused(t, recovery(phrase), 5, "is a member of that group already")
	refused(t, typing(tacit(t, heir, "group", "takeover", "web", "--yes"), "one two three four five six seven eight nine ten"), 7, "not the group’s recovery phrase")
	mustRun(t, typing(tacit(t, heir, "group", "takeover", "web", "--yes"), phrase))
	if list := mustRun(t, tacit(t, heir, "group", "members", "web")); !strings.Contains(list, "found\towner\t") || strings.Contains(list, "me\t") {
		t.Errorf("the members: %s", list)
	}
	refused(t, tacit(t, owner, "sync"), 6, "was removed")
	if got := mustRun(t, tacit(t, owner, "get", "A")); got != "a" {
		t.Errorf("%q", got)
	}
}

// typing gives a command a line on standard input.
func typing(cmd *exec.Cmd, line string) *exec.Cmd {
	cmd.Stdin = strings.NewReader(line)
	return cmd
}

// refused runs a command that has to fail, and to say why.
func refused(t *testing.T, cmd *exec.Cmd, code int, why string) {
	t.Helper()
	said, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != code || !strings.Contains(string(said), why) {
		t.Errorf("%v: %v, must be exit code %d and %q:\n%s", cmd.Args[1:], err, code, why, said)
	}
}
