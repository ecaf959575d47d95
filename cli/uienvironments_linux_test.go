package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newProject is a shell in a project of environments. @prod alone has a passphrase.
func newProject(t *testing.T, secrets map[string]map[string]string) *shown {
	t.Helper()
	p := newShown(t, nil)
	if err := os.WriteFile(filepath.Join(p.home, "phrase"), []byte(phrase), 0o600); err != nil {
		t.Fatal(err)
	}
	app := filepath.Join(p.home, "app")
	if err := os.Mkdir(app, 0o700); err != nil {
		t.Fatal(err)
	}
	in := func(input, env string, args ...string) {
		if env == "prod" {
			args = append(args, "--passphrase-file", filepath.Join(p.home, "phrase"))
		}
		cmd := tacit(t, p.home, append(args, "@"+env)...)
		cmd.Dir, cmd.Stdin = app, strings.NewReader(input)
		mustRun(t, cmd)
	}
	for env, values := range secrets {
		in("", env, "init", "--here")
		for name, value := range values {
			in(value, env, "set", name)
		}
	}
	p.says("cd app; unset TACIT_VAULT; clear")
	return p
}

const phrase = "correct-horse-battery-staple-violet"

// The environments of a project beside one another: what is there needs no key, what is the
// same is compared by tacit alone, and the values are shown on a page that is erased.
func TestUIEnvironments(t *testing.T) {
	t.Parallel()
	same, other, locked := canary(), canary(), canary()
	p := newProject(t, map[string]map[string]string{
		"dev":     {"DB": same, "API": same, "ONLY": canary()},
		"staging": {"DB": other, "API": same},
		"prod":    {"DB": locked, "API": same},
	})
	p.begins("tacit ui @dev --show-for 30m --idle 1h")
	p.seesNow("3 of 3 names")
	p.presses("Tab")
	p.seesNow("3 names, 1 differ, 1 missing")
	for _, line := range []string{"NAME  @dev  @prod      @staging", "> API   v1    v1 locked  v1 same", "  DB    v1    v1 locked  v1 other", "  ONLY  v1    MISSING    MISSING"} {
		p.seesNow(line)
	}
	drawing, keeps := p.processOf("tacit-ui"), p.processOf("tacit")
	p.presses("!")
	p.losesNow("v1 same")
	p.presses("d", "b")
	p.losesNow("MISSING")
	p.presses("Enter")
	p.seesNow(same)
	p.seesNow(other)
	p.seesNow("@prod  locked")
	if bytes.Contains(memoryOf(t, drawing), []byte(other)) {
		t.Error("a value is in the memory of the process that draws")
	}
	p.presses("q")
	p.seesNow("> DB")
	forgotten(t, drawing, keeps, same, other)
	p.presses(">")
	p.seesNow("compared with @prod")
	p.presses("Enter")
	p.seesNow("Passphrase:")
	p.says(phrase)
	p.seesNow(locked)
	p.presses("q")
	p.seesNow("> DB")
	p.presses("C-u", "Tab")
	p.seesNow("› groups")
	p.presses("Tab")
	p.seesNow("› health")
	p.presses("Tab")
	p.seesNow("3 of 3 names")
	p.presses("d", "b", "Enter")
	p.seesNow("elsewhere  same name in @prod, @staging")
	p.presses("=")
	p.seesNow("DB in 3 environments")
	p.seesNow(other)
	p.presses("q")
	p.seesNow("> 1 current")
	p.presses("C-c")
	p.ends("0", same, other, locked, "ONLY", phrase)
}

// An environment that was never trusted, or cannot be read, is told of, and hides no other.
func TestUIEnvironmentUnread(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]map[string]string{"dev": {"DB": "x"}, "staging": {"DB": "x"}})
	strange := filepath.Join(p.home, "app", ".tacit.strange")
	mustRun(t, tacit(t, p.home, "init", "--vault", strange, "--state", filepath.Join(p.home, "elsewhere")))
	p.begins("tacit ui @dev --idle 1h")
	p.seesNow("1 of 1 names")
	p.presses("Tab")
	p.seesNow("> DB    v1    v1 same   unread")
	p.seesNow("@strange: ")
	p.presses("C-c")
	p.ends("0", "DB  ")
}
