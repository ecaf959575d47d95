package storedir

import (
	"os"
	"path/filepath"
	"testing"
)

func FuzzState(f *testing.F) {
	state := []string{"", "open 7                         \n", "closed                         \n"}
	for _, s := range state {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		name := filepath.Join(t.TempDir(), "lock")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		l := &Lock{file: file}
		log, ok := l.OpenLog()
		if !ok {
			return
		}
		if err := l.MarkOpen(log); err != nil {
			t.Fatal(err)
		}
		if again, ok := l.OpenLog(); again != log || !ok {
			t.Errorf("log %d became %d, %v", log, again, ok)
		}
		if err := l.MarkClosed(); err != nil {
			t.Fatal(err)
		}
		if _, ok := l.OpenLog(); ok {
			t.Error("still open")
		}
	})
}
