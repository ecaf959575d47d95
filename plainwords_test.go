package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// notPlain are words that a stranger reads twice; CONTRIBUTING, "How we write", has
// what to say instead.
var notPlain = regexp.MustCompile(`(?i)\bas it was(?:[.,:;]|$)|\b(anew|leavings|aside|told|meant|whoever|made way|makes way|at hand)\b|(?:^|[.:;,] )[Ww]ho (?:can|has|had|once|reads|writes)\b`)

// TestPlainWords looks at documents, at help topics, and at every text in the code that
// has three words or more.
func TestPlainWords(t *testing.T) {
	t.Parallel()
	texts := 0
	look := func(where, text string) {
		texts++
		if m := notPlain.FindString(text); m != "" {
			t.Errorf("%s says %q in %q", where, m, text)
		}
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		path = filepath.ToSlash(path)
		switch {
		case strings.HasPrefix(path, "docs/") && strings.HasSuffix(path, ".md"), path == "README.md", path == "SECURITY.md",
			strings.Contains(path, "/topics/"):
			for line := range strings.Lines(string(readFile(t, path))) {
				look(path, line)
			}
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(path, "testdata/"):
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if text, err := strconv.Unquote(lit.Value); err == nil && len(strings.Fields(text)) > 2 {
						look(path, text)
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil || texts < 1000 {
		t.Fatal(texts, err)
	}
}
