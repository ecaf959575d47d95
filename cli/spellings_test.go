package cli

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// constantsOf are the constants of a type in a file of Go, in their order.
func constantsOf(t *testing.T, path, typeName string) (values []string) {
	t.Helper()
	file, err := goparser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == typeName {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, value)
			}
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("%s has no constants of type %s", path, typeName)
	}
	return values
}

// Each remedy of the library is spelled once, and nothing else is.
func TestRemediesAreSpelled(t *testing.T) {
	t.Parallel()
	actions := constantsOf(t, filepath.Join("..", "vault", "remedy", "actions.go"), "Action")
	spelled := map[remedy.Action]int{}
	for _, s := range slices.Concat(failure.LibraryWays[:], failure.OwnWays[:]) {
		if spelled[s.Action]++; spelled[s.Action] > 1 {
			t.Errorf("%s is spelled twice", s.Action)
		}
	}
	for _, action := range actions {
		if spelled[remedy.Action(action)] == 0 {
			t.Errorf("nobody says what %s is", action)
		}
	}
	for _, s := range failure.LibraryWays {
		if !slices.Contains(actions, string(s.Action)) {
			t.Errorf("%s is no remedy of the library", s.Action)
		}
	}
	for _, s := range failure.OnWindows {
		if spelled[s.Action] == 0 {
			t.Errorf("%s is said on Windows alone", s.Action)
		}
	}
}

// Each code has a way out, and it is spelled.
func TestCodesHaveRemedies(t *testing.T) {
	t.Parallel()
	for _, code := range constantsOf(t, filepath.Join("..", "vault", "errors.go"), "Code") {
		f := failure.Explain(&vault.SecretError{Code: vault.Code(code), Op: "read", Key: "A"})
		if f.Remedy.IsZero() || f.Words() == "" {
			t.Errorf("%s has no way out", code)
		}
	}
}

// sampled is a remedy with an object of each kind.
func sampled(action remedy.Action) remedy.Remedy {
	r := remedy.To(action)
	for kind := range failure.Placeholders() {
		r.Objects = append(r.Objects, kind.Named(map[remedy.Kind]string{remedy.Limit: "20000", remedy.User: "1000", remedy.Process: "17"}[kind]+""))
	}
	for i, o := range r.Objects {
		if o.Name == "" {
			r.Objects[i].Name = "a-" + string(o.Kind)
		}
	}
	return r
}

var (
	inBraces = regexp.MustCompile(`\{([a-z][^}]*)\}`)
	aFlag    = regexp.MustCompile(`(?:^|[ (,])(--[a-z-]+)`)
)

// accepted fails the test where tacit does not take a command line.
func accepted(t *testing.T, line string) {
	t.Helper()
	l, err := cmdline.ParseLine(strings.Fields(line)[1:], allCommands(nil))
	switch {
	case err != nil:
		t.Errorf("%s: %v", line, err)
		return
	case l.Command == nil:
		t.Errorf("%s: there is no such command", line)
		return
	}
	flags := slices.Concat(new(cmdline.Globals).GlobalFlags(), l.Command.Flags)
	if err := l.CheckValues(flags); err != nil {
		t.Errorf("%s: %v", line, err)
	}
	if i := slices.IndexFunc(l.Command.Subs, func(c cmdline.Subcommand) bool { return len(l.Args) > 0 && c.Name == l.Args[0] }); i >= 0 {
		if err := l.Command.Subs[i].CheckArgs(l.Command.Name, l.Args[1:]); err != nil && len(l.Args) > 1 {
			t.Errorf("%s: %v", line, err)
		}
		return
	}
	if len(l.Args) == 0 { // a command by its name alone is spoken of, not run
		return
	}
	if len(l.Command.Subs) > 0 {
		t.Errorf("%s: the command has no such part", line)
	}
	if err := l.Command.CheckArgs(l); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}

// What is spelled is to be had: tacit takes each command line, and knows each flag.
func TestSpellingsParse(t *testing.T) {
	t.Parallel()
	known := cmdline.FlagTable{}
	known.Add(new(cmdline.Globals).GlobalFlags())
	for _, c := range allCommands(nil) {
		known.Add(c.Flags)
	}
	w := failure.GivenPaths{Vault: "a-vault", State: "a-state", Dir: "a-dir", Here: "a-place"}
	lines := 0
	for _, s := range slices.Concat(failure.LibraryWays[:], failure.OwnWays[:], failure.OnWindows[:]) {
		for _, m := range inBraces.FindAllStringSubmatch(s.Text, -1) {
			if line := m[1]; strings.HasPrefix(line, "tacit ") {
				lines++
				accepted(t, w.Tell(w.Fill(failure.HintOf("{"+line+"}"), sampled(s.Action))))
			}
		}
		for _, m := range aFlag.FindAllStringSubmatch(inBraces.ReplaceAllString(s.Text, ""), -1) {
			if _, ok := known[strings.TrimPrefix(m[1], "--")]; !ok {
				t.Errorf("%s: there is no flag %s", s.Action, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`\btacit ([a-z]+)`).FindAllStringSubmatch(inBraces.ReplaceAllString(s.Text, ""), -1) {
			if cmdline.FindIn(allCommands(nil), m[1]) != nil {
				t.Errorf("%s: %s stands outside of braces", s.Action, m[0])
			}
		}
	}
	if lines < 60 {
		t.Errorf("%d command lines were tried", lines)
	}
}

// A remedy is run as it stands: it names the vault and the memory that the command
// line named, and no others; what it is about is quoted.
func TestWording(t *testing.T) {
	t.Parallel()
	named, state := failure.GivenPaths{Vault: "my vault"}, failure.GivenPaths{Vault: "v", State: "s t"}
	for _, c := range []struct {
		w    failure.GivenPaths
		r    remedy.Remedy
		want string
	}{
		{failure.GivenPaths{}, remedy.To(remedy.Fix), "tacit doctor --fix"},
		{named, remedy.To(remedy.Fix), "tacit --vault 'my vault' doctor --fix"},
		{state, remedy.To(remedy.AddRecovery), "tacit --vault v --state 's t' key add recovery"},
		{named, remedy.To(remedy.RestoreOrRescue), "tacit --vault 'my vault' restore FILE --replace brings a backup back; without one, tacit rescue DIR --to NEW gets out what still proves itself"},
		{failure.GivenPaths{State: "s", Dir: "d d"}, remedy.To(remedy.RestoreOrRescue), "tacit --state s restore FILE --replace brings a backup back; without one, tacit --state s rescue 'd d' --to NEW gets out what still proves itself"},
		{state, remedy.To(remedy.RestoreOrForgetFirst, remedy.Vault.Named("/x")), "tacit --state 's t' restore --vault /x FILE; to make a new one: tacit --state 's t' trust --forget /x, then again"},
		{state, remedy.To(remedy.ReadAboutValues), "tacit help values"},
		{failure.GivenPaths{}, remedy.To(remedy.MakeVault), "make one with: tacit init, or name another with --vault DIR"},
		{failure.GivenPaths{Here: "/p/.tacit"}, remedy.To(remedy.MakeVault), "make one with: tacit init /p/.tacit, or name another with --vault DIR"},
		{named, remedy.To(remedy.FindSecret, remedy.Secret.Named("A;B")), "tacit --vault 'my vault' ls, or tacit --vault 'my vault' find 'A;B'"},
		{named, remedy.To(remedy.LookAt, remedy.Path.Named("$dir {tacit ls} \x01")), `ls -ld $'$dir {tacit ls} \001'`},
		{failure.GivenPaths{}, remedy.To(remedy.RemoveFiles, remedy.Path.All([]string{"-a", "b c"})...), "rm ./-a 'b c'"},
		{named, remedy.To(remedy.MoveOut, remedy.Path.Named("a"), remedy.Target.Named("b")).AndThen(remedy.To(remedy.Fix)), "move it out of the vault's folder: mv a b, then: tacit --vault 'my vault' doctor --fix"},
		{failure.GivenPaths{}, remedy.To(remedy.Remove).OrElse(remedy.To(remedy.UnsetAgent)), "remove it, or: unset TACIT_AGENT"},
		{failure.GivenPaths{}, remedy.To(remedy.Remove).OrElse(remedy.To(remedy.ActAsUser)), "remove it, or run tacit as that user"},
		{named, remedy.To("of a later version"), ""},
	} {
		if got := c.w.Say(c.r); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.r.Action, got, c.want)
		}
	}
}

// What is marked as a command in the texts of the command line is one that tacit takes.
func TestHintsParse(t *testing.T) {
	t.Parallel()
	sample := strings.NewReplacer("%s", "A", "%[1]s", "A", "%[2]s", "A", "%d", "1", "[LABEL]", "LABEL", "…", "")
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "spellings.go") {
			return err
		}
		file, err := goparser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			text, ok := n.(*ast.BasicLit)
			if !ok || text.Kind != token.STRING {
				return true
			}
			for _, m := range inBraces.FindAllStringSubmatch(text.Value, -1) {
				if line := sample.Replace(m[1]); strings.HasPrefix(line, "tacit ") {
					seen++
					if words := strings.Fields(m[1]); words[1] != "%s" && words[1] != "%[1]s" { // the command as it was typed
						accepted(t, line)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 80 {
		t.Errorf("%d commands were tried", seen)
	}
}
