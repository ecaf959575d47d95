package main_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestPackageDocs: what go doc prints of the vault and of its keys shows how a vault is
// opened, in the lines of the example that is run.
func TestPackageDocs(t *testing.T) {
	t.Parallel()
	example := string(readFile(t, "keyring/example_test.go"))
	for _, pkg := range []string{"./vault", "./keyring"} {
		out, err := exec.Command("go", "doc", pkg).Output()
		if err != nil {
			t.Fatal(pkg, err)
		}
		_, snippet, ok := strings.Cut(string(out), "\n    key, err := ")
		if !ok {
			t.Fatalf("go doc %s shows no example", pkg)
		}
		snippet, _, _ = strings.Cut("key, err := "+snippet, "\n\n")
		shown := 0
		for line := range strings.Lines(snippet) {
			line = strings.TrimSpace(line)
			if line == "…" {
				continue // where errors are looked at
			}
			shown++
			if !strings.Contains(example, "\t"+line+"\n") {
				t.Errorf("go doc %s: the example that is run has no line %q", pkg, line)
			}
		}
		if shown < 4 || !strings.Contains(snippet, "vault.Open(") {
			t.Errorf("go doc %s:\n%s", pkg, snippet)
		}
	}
}
