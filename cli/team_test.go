package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestTeam is two developers and a git repository, with the real git.
func TestTeam(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("TACIT_TEST_FOREIGN") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	p := scripts()
	p.Dir = filepath.Join("..", "testdata", "team")
	testscript.Run(t, p)
}
