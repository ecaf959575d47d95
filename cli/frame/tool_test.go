package frame

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
)

// What a tool does wrong is told with its name, and nothing of its output is
// taken then.
func TestTool(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh")
	}
	s := &Session{App: &App{Environ: os.Environ}}
	sh := func(script string, most int) Tool {
		return Tool{Name: "sh", Args: []string{"-c", script}, Most: most}
	}
	got, err := sh("cat; printf %s \"$X\"", 10).Run(t.Context(), s, strings.NewReader("in"), "import")
	if err != nil || string(got) != "in" {
		t.Errorf("%q, %v", got, err)
	}
	with := sh("printf %s \"$X\"", 10)
	with.Env = []string{"X=y"}
	if got, err := with.Run(t.Context(), s, nil, "import"); err != nil || string(got) != "y" {
		t.Errorf("%q, %v", got, err)
	}
	for _, c := range []struct {
		name         string
		tool         Tool
		exit         int
		says, detail string
	}{
		{"fails", sh("printf out; printf 'one\\n\\n two\\n' >&2; exit 3", 10), failure.ExitOther, "import x: sh: exit status 3", "one two"},
		{"too much", sh("yes", 1<<20), failure.ExitInvalid, "import x: sh gave more than 1 MiB", ""},
		{"talks", sh("yes | head -c 100000 >&2; exit 1", 10), failure.ExitOther, "exit status 1", strings.TrimSpace(strings.Repeat("y ", maxToolTalk/2))},
		{"missing", Tool{Name: "no-such-tool-of-ours"}, failure.ExitOther, "import x: no-such-tool-of-ours is needed, and is not installed", ""},
	} {
		got, err := c.tool.Run(t.Context(), s, nil, "import x")
		f := failure.Explain(err)
		if got != nil || err == nil || f.Exit != c.exit || !strings.Contains(f.Message, c.says) || f.Detail != c.detail {
			t.Errorf("%s: %q, %+v", c.name, got, f)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := sh("printf out; exec sleep 60", 10).Run(ctx, s, nil, "import"); err == nil || got != nil {
		t.Errorf("a tool that hangs: %q, %v", got, err)
	}
}
