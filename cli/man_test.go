package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
)

// TestManual writes the whole manual and holds it to what mandoc and groff say
// of it: not a warning.
func TestManual(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "man1")
	var out, errs strings.Builder
	app := New()
	app.Out, app.Err = &out, &errs
	app.Env = func(name string) string { return map[string]string{"SOURCE_DATE_EPOCH": "86400"}[name] }
	if code := app.Run(context.Background(), []string{"man", "--dir", dir}); code != failure.ExitOK {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	shown := slices.DeleteFunc(allCommands(nil), func(c *cmdline.Command) bool { return c.Group == cmdline.GroupHidden })
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) != len(shown)+1 {
		t.Fatalf("%d pages for %d commands; %v", len(pages), len(shown), err)
	}
	for _, page := range pages {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range string(b) {
			if r > 0x7e || r < ' ' && r != '\n' {
				t.Fatalf("%s is not ASCII: %q", filepath.Base(page), r)
			}
		}
		if !strings.Contains(string(b), " 1970-01-02 ") {
			t.Errorf("%s does not bear the day it was told", filepath.Base(page))
		}
		if info, err := os.Stat(page); err != nil || info.Mode().Perm()&0o444 != 0o444 {
			t.Errorf("%s is not for everybody: %v", filepath.Base(page), err)
		}
	}
	checked(t, "mandoc", append([]string{"-Tlint", "-W", "warning"}, pages...))
	checked(t, "groff", append([]string{"-ww", "-z", "-man"}, pages...))
}

// checked runs a program that says nothing where nothing is wrong.
func checked(t *testing.T, name string, args []string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("TACIT_TEST_FOREIGN") != "" && name == "mandoc" {
			t.Fatal(err)
		}
		t.Logf("%s is not here", name)
		return
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}
