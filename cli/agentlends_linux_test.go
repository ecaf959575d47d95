package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAgentLends: the commands of groups, by a user whose only key is a passphrase and
// whose agent has the vault unlocked. The system hides from the agent what a process is
// that hides itself, as each of them does once it has connected. The agent keeps no copy of
// the vault's key outside of the memory that is for it.
func TestAgentLends(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	t.Cleanup(func() { p.cmd("tacit", "lock", "--all").Run() })
	p.write("phrase", "correct horse battery staple")
	p.run("tacit", "init", "--passphrase-file", "phrase")
	p.run("tacit", "unlock", "--passphrase-file", "phrase")
	p.write("value", "v")
	p.run("tacit", "set", "A", "--file", "value")
	p.run("tacit", "group", "create", "web", "--all", "--yes", "--at", "place", "--label", "me", "--no-recovery")
	p.write("code", p.run("tacit", "group", "invite", "web", "--role", "writer", "--label", "kim"))

	kim := func(args ...string) string { // in the same home, another vault
		t.Helper()
		cmd := p.cmd("tacit", args...)
		cmd.Env = append(cmd.Env, "TACIT_VAULT="+filepath.Join(p.home, "kim"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return string(out)
	}
	kim("init", filepath.Join(p.home, "kim"), "--passphrase-file", "phrase")
	kim("unlock", "--passphrase-file", "phrase")
	kim("join", "--code-file", "code", "--label", "kim") // it opens the vault twice
	p.run("tacit", "sync")
	kim("sync")
	if got := kim("get", "A", "--max-age", "1h"); got != "v" {
		t.Errorf("got %q", got)
	}
	p.run("tacit", "group", "set", "web", "--beat", "1h", "--at", "other") // three times
	p.run("tacit", "group", "members", "web")
	p.run("tacit", "conflicts")
	p.run("tacit", "group", "remove", "web", "kim", "--yes")
	for range 5 {
		p.run("tacit", "sync")
	}

	if os.Getuid() != 0 {
		t.Skip("NOT checked: only root can look at the memory of an agent")
	}
	var st struct{ PID int }
	if err := json.Unmarshal([]byte(p.run("tacit", "agent", "status", "--json")), &st); err != nil {
		t.Fatal(err)
	}
	image := memoryOf(t, st.PID)
	if path := filepath.Join(p.home, "vault"); !bytes.Contains(image, []byte(path)) {
		t.Error("the image of its memory is not one: it does not even hold the vault's path")
	}
	if n := bytes.Count(image, []byte("AGE-SECRET-KEY-1")); n > 0 {
		t.Errorf("%d identities are in the agent's ordinary memory", n)
	}
	if out := p.run("tacit", "key", "list"); strings.Count(out, "\n") != 1 {
		t.Errorf("there is another key slot: %s", out)
	}
}
