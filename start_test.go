package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Every command pays for what a package makes when the program starts: a regular
// expression costs some tens of microseconds, and a read is to take a few milliseconds.
func TestNoPatternAtTheStart(t *testing.T) {
	t.Parallel()
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if _, ok := d.(*ast.FuncDecl); !ok && compiles(d) {
				t.Errorf("%s compiles a regular expression at every start: see cli/pattern", path)
			}
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Fatal(files, err)
	}
}

// compiles tells whether a declaration calls regexp.MustCompile outside of a function.
func compiles(d ast.Decl) (found bool) {
	ast.Inspect(d, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "MustCompile" {
			found = true
		}
		_, function := n.(*ast.FuncLit)
		return !function
	})
	return found
}
