package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// missing are the rows of docs/platforms.md where something is missing, and the
// functions that say so: the first calls the second, whose text has a test beside it
// that names each system. Files for other systems are read, too.
var missing = map[string][2]string{
	"the agent (`unlock`, `lock`, `agent`)":           {"noAgentHere", "noAgentOn"},
	"`--allow-exec`: programs that may ask the agent": {"newPrograms", "noPrograms"},
	"`edit`":               {"runEdit", "noMemoryOn"},
	"`run --files`":        {"withoutNames", "noMemoryOn"},
	"the system’s keyring": {"osError", "noKeyring"},
	"a TPM":                {"openTPM", "noTPM"},
	"`--passphrase-fd`":    {"checkFD", "noDescriptors"},
	"a value on a page of its own: `get -q`, `diff --show`, `otp --watch`": {"TakeOver", "noPageOn"},
	"`liveperson`": {"standIn", "noAgentOn"},
}

// TestPlatformsPage: what is missing on a system says so when it is asked for.
func TestPlatformsPage(t *testing.T) {
	t.Parallel()
	calls := callsOf(t)
	rows := 0
	for line := range strings.Lines(string(readFile(t, "docs/platforms.md"))) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 5 || strings.HasPrefix(line, "| what |") {
			continue
		}
		rows++
		what := strings.TrimPrefix(cells[0], "| ")
		says, listed := missing[what]
		lacks := strings.Contains(line, "| missing")
		switch {
		case lacks != listed:
			t.Errorf("%s: missing somewhere: %v, and this test knows what says so: %v", what, lacks, listed)
		case listed && !calls[strings.ToLower(says[0])][strings.ToLower(says[1])]:
			t.Errorf("%s: no function %s calls %s", what, says[0], says[1])
		}
		for _, cell := range cells[1:] {
			word, _, _ := strings.Cut(strings.TrimSuffix(strings.Trim(cell, "| "), ":"), " ")
			if word = strings.Trim(word, ":,"); word != "real" && word != "reduced" && word != "missing" && word != "no" {
				t.Errorf("%s: a cell says %q", what, cell)
			}
		}
	}
	if rows < 15 {
		t.Errorf("only %d rows", rows)
	}
}

// callsOf are the functions of the module, for whatever system, and what each calls,
// by names in lower case.
func callsOf(t *testing.T) map[string]map[string]bool {
	t.Helper()
	calls := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			name := strings.ToLower(f.Name.Name)
			if calls[name] == nil {
				calls[name] = map[string]bool{}
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					switch fun := call.Fun.(type) {
					case *ast.Ident:
						calls[name][strings.ToLower(fun.Name)] = true
					case *ast.SelectorExpr:
						calls[name][strings.ToLower(fun.Sel.Name)] = true
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return calls
}
