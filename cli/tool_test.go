package cli

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// What a tool does wrong is told with its name, and nothing of its output is
// taken then.
func TestTool(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh")
	}
	s := &session{App: &App{Environ: os.Environ}}
	sh := func(script string, most int) tool {
		return tool{name: "sh", args: []string{"-c", script}, most: most}
	}
	got, err := sh("cat; printf %s \"$X\"", 10).run(t.Context(), s, strings.NewReader("in"), "import")
	if err != nil || string(got) != "in" {
		t.Errorf("%q, %v", got, err)
	}
	with := sh("printf %s \"$X\"", 10)
	with.env = []string{"X=y"}
	if got, err := with.run(t.Context(), s, nil, "import"); err != nil || string(got) != "y" {
		t.Errorf("%q, %v", got, err)
	}
	for _, c := range []struct {
		name         string
		tool         tool
		exit         int
		says, detail string
	}{
		{"fails", sh("printf out; printf 'one\\n\\n two\\n' >&2; exit 3", 10), exitOther, "import x: sh: exit status 3", "one two"},
		{"too much", sh("yes", 1<<20), exitInvalid, "import x: sh gave more than 1 MiB", ""},
		{"talks", sh("yes | head -c 100000 >&2; exit 1", 10), exitOther, "exit status 1", strings.TrimSpace(strings.Repeat("y ", maxToolTalk/2))},
		{"missing", tool{name: "no-such-tool-of-ours"}, exitOther, "import x: no-such-tool-of-ours is needed, and is not installed", ""},
	} {
		got, err := c.tool.run(t.Context(), s, nil, "import x")
		f := explain(err)
		if got != nil || err == nil || f.exit != c.exit || !strings.Contains(f.message, c.says) || f.detail != c.detail {
			t.Errorf("%s: %q, %+v", c.name, got, f)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := sh("printf out; exec sleep 60", 10).run(ctx, s, nil, "import"); err == nil || got != nil {
		t.Errorf("a tool that hangs: %q, %v", got, err)
	}
}
