package cli

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

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
	actions := constantsOf(t, filepath.Join("..", "vault", "remedy", "actions.go"), "Action")
	spelled := map[remedy.Action]int{}
	for _, s := range slices.Concat(libraryWays[:], ownWays[:]) {
		if spelled[s.action]++; spelled[s.action] > 1 {
			t.Errorf("%s is spelled twice", s.action)
		}
	}
	for _, action := range actions {
		if spelled[remedy.Action(action)] == 0 {
			t.Errorf("nobody says what %s is", action)
		}
	}
	for _, s := range libraryWays {
		if !slices.Contains(actions, string(s.action)) {
			t.Errorf("%s is no remedy of the library", s.action)
		}
	}
	for _, s := range onWindows {
		if spelled[s.action] == 0 {
			t.Errorf("%s is said on Windows alone", s.action)
		}
	}
}

// Each code has a way out, and it is spelled.
func TestCodesHaveRemedies(t *testing.T) {
	for _, code := range constantsOf(t, filepath.Join("..", "vault", "errors.go"), "Code") {
		f := explain(&vault.SecretError{Code: vault.Code(code), Op: "read", Key: "A"})
		if f.remedy.IsZero() || f.words() == "" {
			t.Errorf("%s has no way out", code)
		}
	}
}

// sampled is a remedy with an object of each kind.
func sampled(action remedy.Action) remedy.Remedy {
	r := remedy.To(action)
	for kind := range placeholders {
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
	l, err := parseLine(strings.Fields(line)[1:], allCommands(nil))
	switch {
	case err != nil:
		t.Errorf("%s: %v", line, err)
		return
	case l.command == nil:
		t.Errorf("%s: there is no such command", line)
		return
	}
	flags := slices.Concat(new(globals).globalFlags(), l.command.flags)
	if err := l.checkValues(flags); err != nil {
		t.Errorf("%s: %v", line, err)
	}
	if i := slices.IndexFunc(l.command.subs, func(c subcommand) bool { return len(l.args) > 0 && c.name == l.args[0] }); i >= 0 {
		if err := l.command.subs[i].checkArgs(l.command.name, l.args[1:]); err != nil && len(l.args) > 1 {
			t.Errorf("%s: %v", line, err)
		}
		return
	}
	if len(l.command.subs) > 0 {
		t.Errorf("%s: the command has no such part", line)
	}
	if err := l.command.checkArgs(l); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}

// What is spelled is to be had: tacit takes each command line, and knows each flag.
func TestSpellingsParse(t *testing.T) {
	known := flagTable{}
	known.add(new(globals).globalFlags())
	for _, c := range allCommands(nil) {
		known.add(c.flags)
	}
	w := wording{vault: "a-vault", state: "a-state", dir: "a-dir", here: "a-place"}
	lines := 0
	for _, s := range slices.Concat(libraryWays[:], ownWays[:], onWindows[:]) {
		for _, m := range inBraces.FindAllStringSubmatch(s.text, -1) {
			if line := m[1]; strings.HasPrefix(line, "tacit ") {
				lines++
				accepted(t, w.tell(w.fill(advise("{"+line+"}"), sampled(s.action))))
			}
		}
		for _, m := range aFlag.FindAllStringSubmatch(inBraces.ReplaceAllString(s.text, ""), -1) {
			if _, ok := known[strings.TrimPrefix(m[1], "--")]; !ok {
				t.Errorf("%s: there is no flag %s", s.action, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`\btacit ([a-z]+)`).FindAllStringSubmatch(inBraces.ReplaceAllString(s.text, ""), -1) {
			if findIn(allCommands(nil), m[1]) != nil {
				t.Errorf("%s: %s stands outside of braces", s.action, m[0])
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
	named, state := wording{vault: "my vault"}, wording{vault: "v", state: "s t"}
	for _, c := range []struct {
		w    wording
		r    remedy.Remedy
		want string
	}{
		{wording{}, remedy.To(remedy.Fix), "tacit doctor --fix"},
		{named, remedy.To(remedy.Fix), "tacit --vault 'my vault' doctor --fix"},
		{state, remedy.To(remedy.AddRecovery), "tacit --vault v --state 's t' key add recovery"},
		{named, remedy.To(remedy.RestoreOrRescue), "tacit --vault 'my vault' restore FILE --replace brings a backup back; without one, tacit rescue DIR --to NEW gets out what still proves itself"},
		{wording{state: "s", dir: "d d"}, remedy.To(remedy.RestoreOrRescue), "tacit --state s restore FILE --replace brings a backup back; without one, tacit --state s rescue 'd d' --to NEW gets out what still proves itself"},
		{state, remedy.To(remedy.RestoreOrForgetFirst, remedy.Vault.Named("/x")), "tacit --state 's t' restore --vault /x FILE; to make a new one: tacit --state 's t' trust --forget /x, then again"},
		{state, remedy.To(remedy.ReadAboutValues), "tacit help values"},
		{wording{}, remedy.To(remedy.MakeVault), "make one with: tacit init, or name another with --vault DIR"},
		{wording{here: "/p/.tacit"}, remedy.To(remedy.MakeVault), "make one with: tacit init /p/.tacit, or name another with --vault DIR"},
		{named, remedy.To(remedy.FindSecret, remedy.Secret.Named("A;B")), "tacit --vault 'my vault' ls, or tacit --vault 'my vault' find 'A;B'"},
		{named, remedy.To(remedy.LookAt, remedy.Path.Named("$dir {tacit ls} \x01")), `ls -ld $'$dir {tacit ls} \001'`},
		{wording{}, remedy.To(remedy.RemoveFiles, remedy.Path.All([]string{"-a", "b c"})...), "rm ./-a 'b c'"},
		{named, remedy.To(remedy.MoveOut, remedy.Path.Named("a"), remedy.Target.Named("b")).AndThen(remedy.To(remedy.Fix)), "move it out of the vault's folder: mv a b, then: tacit --vault 'my vault' doctor --fix"},
		{wording{}, remedy.To(remedy.Remove).OrElse(remedy.To(remedy.UnsetAgent)), "remove it, or: unset TACIT_AGENT"},
		{wording{}, remedy.To(remedy.Remove).OrElse(remedy.To(remedy.ActAsUser)), "remove it, or run tacit as that user"},
		{named, remedy.To("of a later version"), ""},
	} {
		if got := c.w.say(c.r); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.r.Action, got, c.want)
		}
	}
}
