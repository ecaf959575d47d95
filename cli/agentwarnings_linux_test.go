package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// try runs tacit as the person, with more of an environment, and returns its exit
// code and what it said.
func (p person) try(env []string, input string, args ...string) (exit int, stderr string) {
	p.t.Helper()
	cmd := p.cmd("tacit", args...)
	var said strings.Builder
	cmd.Env, cmd.Stdin, cmd.Stderr = append(cmd.Env, env...), strings.NewReader(input), &said
	if err := cmd.Run(); cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// says fails the test where a command does not end so, or does not say one of
// the words. "" is that nothing is said.
func (p person) says(exit int, words string, env []string, input string, args ...string) {
	p.t.Helper()
	got, said := p.try(env, input, args...)
	if got != exit || !strings.Contains(said, words) || words == "" && strings.Contains(said, "warning") {
		p.t.Errorf("%q: exit %d, want %d and %q\n%s", args, got, exit, words, said)
	}
}

// commits is how many the vault has.
func (p person) commits() (n int) {
	p.t.Helper()
	var st struct{ Commits int }
	if err := json.Unmarshal([]byte(p.run("tacit", "status", "--json")), &st); err != nil {
		p.t.Fatal(err)
	}
	return st.Commits
}

// mode gives folders of the person's state a mode, and theirs back at the end.
func (p person) mode(mode os.FileMode, names ...string) {
	p.t.Helper()
	for _, name := range names {
		name = filepath.Join(p.state(), name)
		if err := os.Chmod(name, mode); err != nil {
			p.t.Fatal(err)
		}
		p.t.Cleanup(func() { _ = os.Chmod(name, 0o700) })
	}
}

func (p person) state() string { return filepath.Join(p.home, ".local", "state", "tacit") }

// twoPlaces has the machine know the vault at a second place: a commit is noted in
// the vault's own memory then, after it was made.
func (p person) twoPlaces() {
	p.t.Helper()
	p.run("cp", "-a", "vault", "second")
	p.run("tacit", "ls", "--vault", "second", "--identity", "id.txt")
}

// TestAgentUnwritableState: what cannot be remembered is not committed behind an
// agent either, and the command says so; once it can be, the next one works.
func TestAgentUnwritableState(t *testing.T) {
	t.Parallel()
	for what, folders := range map[string][]string{
		"the places":       {"paths"},
		"the whole memory": {"paths", "vaults", "."},
	} {
		t.Run(what, func(t *testing.T) {
			p := newPerson(t)
			p.run("tacit", "init")
			p.set("A", "first")
			p.unlock()
			before := p.commits()
			p.mode(0o500, folders...)
			for _, args := range [][]string{{"set", "A"}, {"update", "A"}, {"rm", "A", "--yes"}, {"policy", "--history", "3"}} {
				p.says(failure.ExitDisk, "nothing was written: this machine could not note the change in its state folder "+p.state(), nil, "second", args...)
			}
			p.says(failure.ExitDisk, `"code":"read_only"`, nil, "second", "set", "A", "--json")
			if got := p.run("tacit", "get", "A"); got != "first" {
				t.Errorf("A is %q", got)
			}
			if n := p.commits(); n != before {
				t.Errorf("commit %d became %d", before, n)
			}
			p.mode(0o700, folders...)
			p.says(0, "", nil, "second", "set", "A")
			if n := p.commits(); n != before+1 {
				t.Errorf("commit %d became %d", before, n)
			}
			p.run("tacit", "lock")
			p.says(0, "", nil, "", "verify", "--full")
		})
	}
}

// TestAgentWarnings: what an agent warns of reaches the command that caused it, and
// what it could not remember it remembers with the next request.
func TestAgentWarnings(t *testing.T) {
	t.Parallel()
	const warning = "warning: remember "
	p := newPerson(t)
	p.run("tacit", "init")
	p.set("A", "first")
	p.twoPlaces()
	p.unlock()
	p.mode(0o500, "vaults")
	p.says(0, warning, nil, "second", "set", "A")
	p.says(0, "", nil, "", "get", "A")
	p.says(0, warning, nil, "third", "set", "A")
	p.mode(0o700, "vaults")
	p.says(0, "", nil, "", "get", "A")
	p.run("tacit", "lock")
	// The copy is known to be older: the memory of the vault has the last commit.
	p.says(0, "does not come from commit ", nil, "", "ls", "--vault", "second")
}

// TestAgentWithoutMemory: where there is no place for a memory, each change says so.
func TestAgentWithoutMemory(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.run("tacit", "init")
	run := filepath.Join(p.home, "run")
	p.run("mkdir", "-m", "700", run)
	nowhere := []string{"HOME=", "XDG_RUNTIME_DIR=" + run}
	p.says(0, "could not remember", nowhere, "", "unlock", "--ttl", "30m", "--no-input")
	t.Cleanup(func() { p.try(nowhere, "", "lock") })
	for _, args := range [][]string{{"set", "A"}, {"set", "A", "--force-version"}, {"rm", "A", "--yes"}} {
		p.says(0, "could not remember", nowhere, "value", args...)
	}
	p.says(0, "", nowhere, "", "agent", "status") // it was the agent that answered
}

// TestNodeWarnings: the Node client gives a warning to onWarning, and to the
// process where nobody asked for it.
func TestNodeWarnings(t *testing.T) {
	t.Parallel()
	foreignTool(t, "node")
	p := newPerson(t)
	p.run("tacit", "init")
	p.set("A", "first")
	p.twoPlaces()
	p.unlock()
	p.mode(0o500, "vaults")
	node := func(options, value string) (stdout, stderr string) {
		script := `const { SecretClient, SecretError } = require('./node/index.js');
const secrets = new SecretClient(` + options + `);
secrets.updateSecret({ key: 'A', value: '` + value + `' }).then((e) => { console.log(e.value); secrets.close(); });`
		var out, said strings.Builder
		cmd := p.cmd("node", "-e", script)
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
		return out.String(), said.String()
	}
	const listens = `{ onWarning: (w) => console.log(w instanceof SecretError, w.code, w.message.includes('could not remember'), w.hint) }`
	const heard = "true read_only true make the state folder writable, or name another with --state DIR\n"
	if out, said := node(listens, "second"); out != heard+"second\n" || said != "" {
		t.Errorf("onWarning: %q, and standard error %q", out, said)
	}
	out, said := node("", "third")
	if out != "third\n" || strings.Count(said, "TacitWarning: ") != 1 || !strings.Contains(said, "[read_only] TacitWarning: ") ||
		!strings.Contains(said, "could not remember") || !strings.Contains(said, "make the state folder writable") {
		t.Errorf("process.emitWarning: %q, and standard error %q", out, said)
	}
	p.mode(0o700, "vaults")
	if out, said := node(listens, "fourth"); out != "fourth\n" || said != "" {
		t.Errorf("nothing to warn of: %q, and standard error %q", out, said)
	}
}
