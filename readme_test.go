package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadme runs every command of the README, from a checkout and with an
// empty home, as a newcomer would who has only Go. The command that runs the
// tests is this one; CI's script must call it.
func TestReadme(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program")
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the README is written for sh")
	}
	doc, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	checkout, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, checkout: checkout, home: t.TempDir(), work: t.TempDir()}
	r.work, _ = filepath.EvalSymlinks(r.work)
	blocks := blocksOf(doc)
	if len(blocks) != 5 {
		t.Fatalf("%d blocks of commands in the README; this test knows 5", len(blocks))
	}
	if out := r.run(checkout, blocks[0]); !strings.Contains(out, "the child has 6 characters") {
		t.Errorf("the first command printed %q", out)
	}
	ci, err := os.ReadFile(filepath.Join(".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	if test := strings.TrimSpace(blocks[1]); !strings.Contains(string(ci), "\n"+test+"\n") {
		t.Errorf("CI does not call the README's test command %q", test)
	}
	if out := r.run(r.work, blocks[2]); !strings.Contains(out, "DB_PASSWORD=v1") {
		t.Errorf("the child got %q", out)
	}
	if out := r.run(r.work, blocks[3]); !strings.Contains(out, "unlocked until") || !strings.Contains(out, "rotated: ") {
		t.Errorf("keys: %q", out)
	}
	small := blocks[4] + "\ncd " + r.work + " && tacit ls && tacit version && ls $(go env GOPATH)/bin"
	if out := r.run(checkout, small); !strings.Contains(out, "DB_PASSWORD") || !strings.Contains(out, "tacit-core") || !strings.Contains(out, "go1.") {
		t.Errorf("two programs: %q", out)
	}
}

// blocksOf are the blocks of commands in a document.
func blocksOf(doc []byte) (blocks []string) {
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(doc, -1) {
		blocks = append(blocks, string(m[1]))
	}
	return blocks
}

type reader struct {
	t                    *testing.T
	checkout, home, work string
}

// run runs commands with an empty home, and only the caches of Go kept.
func (r *reader) run(dir, script string) string {
	r.t.Helper()
	cmd := exec.Command("sh", "-eu", "-c", script)
	cmd.Dir = dir
	cmd.Env = []string{
		"HOME=" + r.home, "PATH=" + filepath.Join(r.home, "go", "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
		"TMPDIR=" + os.TempDir(),
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GONOSUMDB", "GONOSUMCHECK", "GOSUMDB"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			r.t.Fatal(err)
		}
		if v := strings.TrimSpace(string(value)); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	return string(out)
}
