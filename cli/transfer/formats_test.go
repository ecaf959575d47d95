package transfer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/frame"
)

// After an import of any format, what it leaves behind is said: by its name where
// it has one, and not where a pipe gave it.
func TestLeftBehind(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	piped := &frame.Session{App: &frame.App{In: strings.NewReader("")}}
	given := &frame.Session{App: &frame.App{In: file}}
	for _, f := range formats(new(formatFlags)) {
		named := f.leftBehind(piped, source{f.name, "my file"})
		switch {
		case !strings.Contains(named, "still there") && f.name != "keepass":
			t.Errorf("%s: %q", f.name, named)
		case strings.Contains(f.after, "FILE") && !strings.Contains(named, "shred -u 'my file' "):
			t.Errorf("%s: %q does not name the file", f.name, named)
		}
		if said := f.leftBehind(piped, source{f.name, ""}); said != "" {
			t.Errorf("%s from a pipe: %q", f.name, said)
		}
		if said := f.leftBehind(given, source{f.name, ""}); said != f.after {
			t.Errorf("%s from a file on standard input: %q", f.name, said)
		}
	}
}
