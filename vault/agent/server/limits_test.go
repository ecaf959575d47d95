package server

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestLimitsAreUsed finds each limit where it is held against something.
func TestLimitsAreUsed(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	used := map[string]bool{}
	for _, e := range files {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok && (n.Name.Name == "limits" || n.Name.Name == "share") {
					for _, f := range s.Fields.List {
						for _, name := range f.Names {
							fields = append(fields, name.Name)
						}
					}
				}
			case *ast.SelectorExpr:
				if holdsLimits(n.X) {
					used[n.Sel.Name] = true
				}
			}
			return true
		})
	}
	if len(fields) < 15 {
		t.Fatalf("only %q: the test tests nothing", fields)
	}
	for _, name := range fields {
		if !used[name] {
			t.Errorf("nothing is held against limits.%s", name)
		}
	}
}

// holdsLimits tells whether an expression is one by which the code names limits.
func holdsLimits(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "most" || x.Name == "has"
	case *ast.SelectorExpr:
		return x.Sel.Name == "limits" || holdsLimits(x.X)
	}
	return false
}
