package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// In a large vault one secret is read from the few tables in which it lies: the others are
// not opened, and so a damaged one hinders nobody who does not need it. Without the hint
// about the tables it does. Whatever the hint is, what is read is right.
func TestGetOpensFewTables(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	db := filepath.Join(home, "vault", "db")
	mustRun(t, tacit(t, home, "init", "--no-input"))
	mustRun(t, tacit(t, home, "policy", "--max-value", "60000"))
	secrets := map[string]string{}
	for i := range 800 {
		secrets[fmt.Sprintf("S%03d", i)] = strings.Repeat("v", 60_000)
	}
	b, err := json.Marshal(secrets)
	if err == nil {
		err = os.WriteFile(filepath.Join(home, "all.json"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, tacit(t, home, "import", "json", "all.json"))
	mustRun(t, tacit(t, home, "generate", "NEW"))
	hint := filepath.Join(db, "RANGES")
	ranges, err := os.ReadFile(hint)
	if err != nil {
		t.Fatalf("an import has left no hint: %v", err)
	}
	tables, err := filepath.Glob(filepath.Join(db, "*.sst"))
	if err != nil || len(tables) < 4 { // the import's, and the newest
		t.Fatal(tables, err)
	}
	first, last := "S001", "S799"
	reads := func(what, name string, fine bool) {
		t.Helper()
		out, err := tacit(t, home, "get", name).Output()
		if right := err == nil && string(out) == secrets[name]; right != fine {
			t.Errorf("%s: %d bytes of %s, %v", what, len(out), name, err)
		}
	}
	for what, b := range map[string][]byte{"the hint": ranges, "none": nil, "half of one": ranges[:len(ranges)/2], "zeros": make([]byte, 1<<20)} {
		if err := os.WriteFile(hint, b, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{first, "S400", last} {
			reads(what, name, true)
		}
		mustRun(t, tacit(t, home, "verify"))
		if out, err := tacit(t, home, "get", "S999").CombinedOutput(); err == nil || !bytes.Contains(out, []byte("there is no such secret")) {
			t.Errorf("%s: %s", what, out)
		}
	}
	if out := mustRun(t, tacit(t, home, "doctor", "--json")); strings.Contains(out, "RANGES") {
		t.Errorf("doctor: %s", out)
	}
	middle := tables[1]
	honest, err := os.ReadFile(middle)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Clone(honest)
	spoilt[len(spoilt)-1] ^= 1
	if err := os.WriteFile(middle, spoilt, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hint, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	reads("a damaged table, without a hint", last, false)
	if err := os.WriteFile(hint, ranges, 0o600); err != nil {
		t.Fatal(err)
	}
	reads("a damaged table that is not needed", last, true)
	if err := tacit(t, home, "verify").Run(); err == nil {
		t.Error("verify does not see the damaged table")
	}
	if err := os.WriteFile(middle, honest, 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, tacit(t, home, "destroy", "--yes"))
	if entries, err := os.ReadDir(filepath.Join(home, "vault")); err == nil {
		t.Errorf("destroy has left %v", entries)
	}
}
