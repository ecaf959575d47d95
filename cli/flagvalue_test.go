package cli

import (
	"slices"
	"strings"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
)

// Whatever flag gets a value of another kind, the error says which kind it takes
// and shows one that it takes; the library's own words never appear.
func TestWrongFlagValues(t *testing.T) {
	t.Parallel()
	for _, c := range allCommands(nil) {
		for _, f := range append(new(cmdline.Globals).GlobalFlags(), c.Flags...) {
			name := f.Names()[0]
			var kind string
			var wrong []string
			switch f.(type) {
			case *urfave.DurationFlag:
				kind, wrong = "duration", []string{"1", "1d", "-1s", "soon", "", "1 s", "\x1b[2J"}
			case *urfave.IntFlag:
				kind, wrong = "number", []string{"x", "1.5", "", "99999999999999999999", "12k"}
			case *urfave.StringFlag, *urfave.StringSliceFlag, *urfave.BoolFlag:
				continue
			default:
				t.Fatalf("tacit %s --%s is of a kind that nobody checks: %T", c.Name, name, f)
			}
			for _, value := range wrong {
				args := make([]string, c.Min)
				exit, said := typed(append([]string{c.Name, "--" + name + "=" + value}, args...))
				_, hint, _ := strings.Cut(said, "try: --"+name+" ")
				if exit != failure.ExitUsage || !strings.Contains(said, "tacit: --"+name+" takes") || !strings.Contains(said, kind) || hint == "" || strings.Contains(said, "parse") {
					t.Errorf("tacit %s --%s=%q: exit %d\n%s", c.Name, name, value, exit, said)
				}
				example, _, _ := strings.Cut(strings.TrimSpace(hint), " ")
				if bad := (cmdline.Line{Flags: []string{"--" + name + "=" + strings.Trim(example, ",;")}}).CheckValues([]urfave.Flag{f}); bad != nil {
					t.Errorf("tacit %s --%s: the example %q is none: %v", c.Name, name, example, bad)
				}
			}
		}
	}
}

// A flag that names a file, a folder or a command is refused where it is empty, as an
// unset variable of a shell leaves it.
func TestEmptyPaths(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range allCommands(nil) {
		for _, f := range append(new(cmdline.Globals).GlobalFlags(), c.Flags...) {
			usage := f.(urfave.DocGenerationFlag).GetUsage()
			_, rest, _ := strings.Cut(usage, "`")
			what, _, _ := strings.Cut(rest, "`")
			switch what {
			case "FILE", "DIR", "PATH", "OLD", "NEW", "CMD", "NAME|FILE":
			default:
				if words := strings.FieldsFunc(what, func(r rune) bool { return r < 'A' || r > 'Z' }); slices.Contains(words, "FILE") || slices.Contains(words, "DIR") {
					t.Errorf("tacit %s --%s: does %s name a file?", c.Name, f.Names()[0], what)
				}
				continue
			}
			name := f.Names()[0]
			seen[name] = true
			for _, args := range [][]string{{"--" + name + "="}, {"--" + name, ""}} {
				exit, said := typed(append(append([]string{c.Name}, args...), make([]string, c.Min)...))
				if exit != failure.ExitUsage || !strings.Contains(said, "tacit: --"+name+" is empty") {
					t.Errorf("tacit %s %q: exit %d\n%s", c.Name, args, exit, said)
				}
			}
		}
	}
	for _, name := range []string{"file", "vault", "identity", "input", "env-file", "since", "passphrase-command", "code-file"} {
		if !seen[name] {
			t.Errorf("--%s is none of them", name)
		}
	}
}
