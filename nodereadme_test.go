package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestNodeReadme installs the client for Node as its README says, and reads a secret
// with it from a project that has no other package.
func TestNodeReadme(t *testing.T) {
	t.Parallel()
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("builds the program, for sh")
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	checkout, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	blocks := blocksOf(readFile(t, filepath.Join("vault", "node", "README.md")))
	if len(blocks) != 1 {
		t.Fatalf("%d blocks of commands", len(blocks))
	}
	bin, home, work := built(t), t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "src"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(checkout, filepath.Join(home, "src", "tacit")); err != nil {
		t.Fatal(err)
	}
	script := "export npm_config_offline=true npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false\n" +
		apiKey + "exec 2>&1\n" + blocks[0] + `
rm ~/src/tacit
tacit unlock --ttl 10m
trap 'tacit lock' EXIT
node -e "const { SecretClient } = require('@tacit-vault/client'); new SecretClient().readSecret('API_KEY').then((s) => { console.log('read', s.value); process.exit(0) })"
`
	said, err := page{}.shell(home, work, bin, script)
	if err != nil || !strings.Contains(said, "read s3cret\n") {
		t.Errorf("%v\n%s", err, said)
	}
}
