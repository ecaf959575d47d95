package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
)

func TestParseLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line    string
		command string
		flags   string
		args    string
		before  int
	}{
		{"", "", "", "", 0},
		{"get A", "get", "", "A", 1},
		{"read A", "get", "", "A", 1},
		{"get A --json", "get", "--json=true", "A", 1},
		{"--json get A", "get", "--json=true", "A", 1},
		{"get --vault d A", "get", "--vault=d", "A", 1},
		{"--vault get get A", "get", "--vault=get", "A", 1},
		{"get --vault=d=e A", "get", "--vault=d=e", "A", 1},
		{"get --vault= A", "get", "--vault=", "A", 1},
		{"ls -l", "ls", "--long=true", "", 0},
		{"-l ls", "ls", "--long=true", "", 0},
		{"export json -oF", "export", "--output=F", "json", 1},
		{"export json -o=F", "export", "--output=F", "json", 1},
		{"export json -o F", "export", "--output=F", "json", 1},
		{"export json --output - x", "export", "--output=-", "json x", 2},
		{"generate -fpn A", "generate", "--force=true --print=true --no-symbols=true", "A", 1},
		{"set -- --x", "set", "", "--x", 0},
		{"set - --as json", "set", "--as=json", "-", 1},
		{"run --only a --only b -- c --json -x", "run", "--only=a --only=b", "c --json -x", 0},
		{"-- get A", "get", "", "A", 0},
		{"help get", "help", "", "get", 1},
		{"get help", "get", "", "help", 1},
		{"get get", "get", "", "get", 1},
	} {
		l, err := cmdline.ParseLine(strings.Fields(c.line), allCommands(nil))
		if err != nil {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		name := ""
		if l.Command != nil {
			name = l.Command.Name
		}
		if name != c.command || strings.Join(l.Flags, " ") != c.flags ||
			strings.Join(l.Args, " ") != c.args || l.BeforeDash != c.before {
			t.Errorf("%q: %s %q %q %d", c.line, name, l.Flags, l.Args, l.BeforeDash)
		}
	}
}

func TestParseLineRefuses(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"get A --x", "get A -x", "--x", "-x get", "get --long A", "--long get A", "get A --vault", "get A --vault --",
		"get A --json=maybe", "get A -json", "get ---json", "get A --at", "export json -o", "get --=x", "ls --l",
	} {
		_, err := cmdline.ParseLine(strings.Fields(line), allCommands(nil))
		var f *failure.Failure
		if !errors.As(err, &f) || f.Exit != failure.ExitUsage {
			t.Errorf("%q: %v, want a usage error", line, err)
		}
	}
}

// Before the command is known, the parser looks a flag up in all of them.
func TestFlagsTakeValuesEverywhereOrNowhere(t *testing.T) {
	t.Parallel()
	seen := map[string]cmdline.FlagInfo{}
	check := func(of string, flags []urfave.Flag) {
		table := cmdline.FlagTable{}
		table.Add(flags)
		for name, f := range table {
			if before, ok := seen[name]; ok && before.Value != f.Value {
				t.Errorf("%s: %s takes a value here and none elsewhere", of, cmdline.Dashes(name))
			}
			seen[name] = f
		}
	}
	check("global", new(cmdline.Globals).GlobalFlags())
	for _, c := range allCommands(nil) {
		check(c.Name, c.Flags)
		global := cmdline.FlagTable{}
		global.Add(new(cmdline.Globals).GlobalFlags())
		for _, f := range c.Flags {
			for _, n := range f.Names() {
				if _, ok := global[n]; ok {
					t.Errorf("%s: %s is a global flag", c.Name, cmdline.Dashes(n))
				}
			}
		}
	}
}

func TestCommandsAreComplete(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range allCommands(nil) {
		for _, n := range append([]string{c.Name}, c.Aliases...) {
			if names[n] {
				t.Errorf("there are two commands %s", n)
			}
			names[n] = true
		}
		if c.Short == "" || c.Long == "" || c.Example == "" || c.Group == "" || c.Run == nil {
			t.Errorf("%s: its help or its run is missing", c.Name)
		}
		if !slices.IsSorted(c.Codes) {
			t.Errorf("%s: exit codes out of order", c.Name)
		}
		for _, line := range strings.Split(c.Long+"\n"+c.Example, "\n") {
			if len([]rune(line)) > 90 {
				t.Errorf("%s: a line of help is too long: %s", c.Name, line)
			}
		}
		for _, f := range c.Flags {
			if doc, ok := f.(urfave.DocGenerationFlag); !ok || doc.GetUsage() == "" {
				t.Errorf("%s: %s says nothing", c.Name, f.Names()[0])
			} else if _, isBool := f.(*urfave.BoolFlag); !isBool && strings.Count(doc.GetUsage(), "`") != 2 {
				t.Errorf("%s: %s does not name its value", c.Name, f.Names()[0])
			}
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"get", "set", "status", "--json", "--vault", "-l"}
	for word, want := range map[string]string{
		"gte": "get", "stauts": "status", "stat": "status", "--jsn": "--json", "--jason": "--json",
		"xyzzy": "", "--frobnicate": "", "--va": "--vault",
	} {
		if got := cmdline.Nearest(word, slices.Clone(words)); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

// FuzzParseLine: whatever the line, it is taken apart without a panic, no
// argument after -- is taken for a flag, and none is lost.
func FuzzParseLine(f *testing.F) {
	seeds := []string{
		"get\nA", "set\n--\n--x", "run\n--only\na\n--\nc\n--json", "-fpn\ngenerate\nA", "--vault\n\nls", "export\njson\n-o",
		"--\n--\n--", "-", "---", "--=", "get\n-\xff", "-ol\nexport", "get\n--json=", "help\nhelp\n--help",
	}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Split(text, "\n")
		l, err := cmdline.ParseLine(args, allCommands(nil))
		if err != nil {
			if failure.Explain(err).Exit != failure.ExitUsage {
				t.Fatalf("%q: %v", args, err)
			}
			return
		}
		for _, flag := range l.Flags {
			if name, _, ok := strings.Cut(flag, "="); !ok || !strings.HasPrefix(name, "--") {
				t.Fatalf("%q: the flag %q", args, flag)
			}
		}
		if i := slices.Index(args, "--"); i >= 0 && l.Command != nil && slices.Contains(args[:i], l.Command.Name) {
			after := args[i+1:]
			if len(l.Args)-l.BeforeDash > len(after) {
				t.Fatalf("%q: arguments %q, %d before --", args, l.Args, l.BeforeDash)
			}
		}
		if l.BeforeDash > len(l.Args) {
			t.Fatalf("%q: %d of %d before --", args, l.BeforeDash, len(l.Args))
		}
	})
}
