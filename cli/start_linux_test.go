package cli

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Every command pays for what packages do before main: 10 to 100 µs each, where a get
// takes 5 ms. So ours do nothing there, but for these, which make a few errors, and
// the database, which announces itself.
var startsWith = []string{
	"cli/run", "cli/system", "crypto", "keyring", "store/badgerfiles", "store/storedir", "vault", "vault/ondisk",
}

// No table and no pattern is made before main.
func TestStartDoesLittle(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("tacit", "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(trace.String(), "init github.com/tacit-vault/tacit/vault @") {
		t.Fatalf("no trace of the start: %s", trace.String())
	}
	const ours = "init github.com/tacit-vault/tacit/"
	for line := range strings.Lines(trace.String()) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, ours), " @")
		if strings.HasPrefix(line, ours) && !slices.Contains(startsWith, name) && name != "cli" && !strings.HasPrefix(name, "internal/") {
			t.Errorf("%s does something before main: %s", name, line)
		}
	}
}
