package crypto

import (
	"os"
	"strings"
	"testing"
)

// The worked example that docs/format.md shows is the one that is computed.
func TestFormatShowsTheExample(t *testing.T) {
	doc, err := os.ReadFile("../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("testdata/example.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), string(example)) {
		t.Error("docs/format.md does not show testdata/example.txt as it is")
	}
}

// Every label that is hashed under stands in docs/format.md.
func TestFormatListsTheLabels(t *testing.T) {
	doc, err := os.ReadFile("../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(source), `"tacit/1/`)[1:] {
			label, _, _ := strings.Cut(part, `"`)
			if label == "" {
				continue // the info of HKDF
			}
			found++
			if !strings.Contains(string(doc), "`tacit/1/"+label+"`") {
				t.Errorf("docs/format.md does not list tacit/1/%s", label)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d labels in the source", found)
	}
}
