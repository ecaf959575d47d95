package bundle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every label that is hashed or encoded under stands in docs/format.md.
func TestFormatListsTheLabels(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "format.md"))
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(source), `"tacit/1/`)[1:] {
			label, _, _ := strings.Cut(part, `"`)
			if strings.HasSuffix(label, "/") {
				continue // the info of HKDF
			}
			found++
			if !strings.Contains(string(doc), `"tacit/1/`+label+`"`) && !strings.Contains(string(doc), "`tacit/1/"+label+"`") {
				t.Errorf("docs/format.md does not list tacit/1/%s", label)
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d labels in the source", found)
	}
}
