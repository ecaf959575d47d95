package main_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli"
)

// commandNames are the commands of tacit, as its help lists them.
func commandNames(t *testing.T) (names []string) {
	t.Helper()
	var out bytes.Buffer
	app := cli.New()
	app.Out = &out
	if code := app.Run(t.Context(), []string{"help", "--json"}); code != 0 {
		t.Fatalf("help exits with %d", code)
	}
	var help struct {
		Commands []struct{ Name string }
	}
	if err := json.Unmarshal(out.Bytes(), &help); err != nil || len(help.Commands) < 30 {
		t.Fatalf("%d commands, %v", len(help.Commands), err)
	}
	for _, c := range help.Commands {
		names = append(names, c.Name)
	}
	return names
}

// A text spells a command line where it has a flag, a command of tacit's, or one of
// the system's that changes something or looks at it.
var (
	flagInText    = regexp.MustCompile("(?:^|[ (,;:`'\"])--[a-z]")
	commandInText = regexp.MustCompile(`\btacit ([a-z-]+)`)
	systemInText  = regexp.MustCompile(`(?:^|[ (])(?:(?:sudo|chmod|chown|icacls|attrib|fuser|timedatectl|mkdir) |export [A-Z_]+=|(?:kill|unset|mount|rm|mv|cp|df|ls) (?:[-$%A-Z/]|$))`)
)

// spells is what of a command line stands in a text.
func spells(text string, commands []string) string {
	if m := flagInText.FindString(text); m != "" {
		return m
	}
	for _, m := range commandInText.FindAllStringSubmatch(text, -1) {
		if slices.Contains(commands, m[1]) {
			return m[0]
		}
	}
	return systemInText.FindString(text)
}

// The library does not know the command line: no text in it names a command or a flag.
// A remedy is data, and cli spells it.
func TestLibraryKnowsNoCommandLine(t *testing.T) {
	t.Parallel()
	commands := commandNames(t)
	texts := 0
	for _, root := range []string{"vault", "keyring", "store", "crypto"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			for _, text := range textsOf(t, path) {
				texts++
				if found := spells(text, commands); found != "" {
					t.Errorf("%s spells a command line (%q): %q", path, found, text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if texts < 3000 {
		t.Errorf("only %d texts were looked at", texts)
	}
}

// textsOf are the strings in a file of Go, but for its imports and tags.
func textsOf(t *testing.T, path string) (texts []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}

// What the test looks for, it finds.
func TestSpellsSeesCommandLines(t *testing.T) {
	t.Parallel()
	commands := []string{"trust", "key"}
	for text, want := range map[string]bool{
		"if you know it: tacit trust": true, "tacit key": true, "with --wait 1m": true, "`--as bytes` keeps": true, "chmod 700 ": true,
		"; kill %d ends it": true, "mv ": true, "sudo ls -ld %s": true,
		"this version of tacit can read it": false, "a dash--here": false, "-----BEGIN": false, "put it back": false, "they kill it": false,
	} {
		if got := spells(text, commands); (got != "") != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
