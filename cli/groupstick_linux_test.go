package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault/group/transport/transporttest"
)

// A group whose folder lies on a stick: two members join, change the same secret, resolve
// that, and one is removed. A stick that is full is told, and what waits goes out later.
func TestGroupOnAStick(t *testing.T) {
	t.Parallel()
	stick := transporttest.Stick(t, 16<<20, true)
	place := filepath.Join(stick, "SECRETS")
	owner, member := newClinic(t, t.TempDir()), newClinic(t, t.TempDir())
	owner.must("set", "A")
	owner.must("group", "create", "web", "--all", "--yes", "--at", place, "--label", "me", "--no-recovery")
	code := filepath.Join(t.TempDir(), "code")
	write(t, code, owner.must("group", "invite", "web", "--role", "writer", "--label", "kim"))
	member.must("join", "--code-file", code, "--label", "kim")
	both := func() {
		t.Helper()
		for range 2 {
			owner.must("sync")
			member.must("sync")
		}
	}
	both()

	for who, c := range map[string]*clinic{"owner": owner, "member": member} {
		file := filepath.Join(t.TempDir(), "value")
		write(t, file, who)
		c.must("set", "A", "--file", file)
	}
	both()
	if out := owner.must("conflicts"); !strings.Contains(out, "concurrent") {
		t.Fatalf("no conflict: %s", out)
	}
	owner.must("resolve", "A", "--take", "1")
	both()
	if ours, theirs := owner.must("get", "A"), member.must("get", "A"); ours != theirs {
		t.Errorf("one has %q, the other %q", ours, theirs)
	}

	fill := filepath.Join(stick, "fill")
	f, err := os.Create(fill)
	if err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 1<<12); err == nil; {
		_, err = f.Write(b)
	}
	f.Close()
	member.must("set", "B")
	full := []string{": there is no room left", ": not allowed there"} // which fusefat says
	if out := member.must("sync"); !strings.Contains(out, place+full[0]) && !strings.Contains(out, place+full[1]) {
		t.Errorf("it is not said that the stick is full: %s", out)
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	both()
	owner.must("get", "B")

	owner.must("group", "remove", "web", "kim", "--yes")
	owner.must("sync")
	if code, out := member.run("sync"); code != 6 || !strings.Contains(out, "was removed") {
		t.Errorf("exit code %d: %s", code, out)
	}
	for _, c := range []*clinic{owner, member} {
		c.must("verify", "--full")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
