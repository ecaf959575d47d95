package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAgentByPython runs the tests of the client for Python against a real agent, with
// the system's Python: another one may be out of the reach of an ordinary user.
func TestAgentByPython(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3"
	foreignTool(t, python)
	p := newPerson(t)
	client := filepath.Join(p.home, "python")
	if err := os.CopyFS(client, os.DirFS(filepath.Join("..", "vault", "python"))); err != nil {
		t.Fatal(err)
	}
	p.run("tacit", "init")
	p.set("A", "first")
	p.unlock()
	cmd := p.cmd(python, "-B", "-W", "error", filepath.Join(client, "test_client.py"))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "\nOK\n") || !strings.Contains(string(out), "Ran 7 tests") {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := p.run("tacit", "get", "A", "--json"); !strings.Contains(got, `"value":{"from":"python","text":"é😀","big":12345678901234567890}`) {
		t.Error(got)
	}
}
