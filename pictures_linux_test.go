package main_test

import (
	"bytes"
	"path/filepath"
	"testing"
)

// TestPictures draws the pictures again, from what the program shows now. The README
// shows each, and there are no others.
func TestPictures(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program")
	}
	if out, err := goCommand(".", "test", "./testdata/pictures"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	again := t.TempDir()
	if out, err := goCommand(".", "run", "./testdata/pictures", "-into", again, "-tacit", filepath.Join(built(t), "tacit")); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	readme := readFile(t, "README.md")
	drawn, err := filepath.Glob(filepath.Join(again, "*"))
	kept, _ := filepath.Glob(filepath.Join("docs", "pictures", "*"))
	if err != nil || len(drawn) != 2 || len(kept) != len(drawn) {
		t.Fatalf("%d pictures are drawn, and %d are kept: %v", len(drawn), len(kept), err)
	}
	for _, path := range drawn {
		name := filepath.Base(path)
		if !bytes.Equal(readFile(t, path), readFile(t, filepath.Join("docs", "pictures", name))) {
			t.Errorf("%s is not what the program shows: go run ./testdata/pictures draws it again", name)
		}
		if !bytes.Contains(readme, []byte("](docs/pictures/"+name+")")) {
			t.Errorf("the README does not show %s", name)
		}
	}
}
