package doctor

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every variable that the code reads is one that doctor knows.
func TestEveryVariableIsKnown(t *testing.T) {
	name := regexp.MustCompile(`"(TACIT_[A-Z]+)"`)
	found := 0
	for _, dir := range []string{"..", "../../vault", "../../keyring", "../../crypto", "../../store"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			code, err := os.ReadFile(path)
			for _, m := range name.FindAllStringSubmatch(string(code), -1) {
				found++
				if !slices.Contains(variables, m[1]) {
					t.Errorf("%s reads %s: tacit doctor does not know it", path, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < len(variables) {
		t.Errorf("only %d places name a variable", found)
	}
}
