package front

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// The whole program lies beside the small one, whatever links lead to that. The small
// one under both names would start itself for ever.
func TestCorePath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links are not for everybody there")
	}
	write := func(path string) error { return os.WriteFile(path, nil, 0o700) }
	for name, c := range map[string]struct {
		called string // the small program, as it is started
		core   func(path, small string) error
		wrong  bool
	}{
		"beside it":   {"tacit", func(path, _ string) error { return write(path) }, false},
		"by a link":   {"link", func(path, _ string) error { return write(path) }, false},
		"missing":     {"tacit", func(string, string) error { return nil }, false}, // the system says so
		"a link back": {"tacit", func(path, small string) error { return os.Symlink(small, path) }, true},
		"linked hard": {"tacit", func(path, small string) error { return os.Link(small, path) }, true},
		"a copy":      {"tacit-core", func(path, _ string) error { return write(path) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			small, core := filepath.Join(dir, "tacit"), filepath.Join(dir, Core)
			called := filepath.Join(dir, c.called)
			err = errors.Join(write(small), c.core(core, small))
			if c.called == "link" {
				err = errors.Join(err, os.Symlink("tacit", called))
			}
			if err != nil {
				t.Fatal(err)
			}
			path, err := corePath(called)
			var f *failure.Failure
			if c.wrong && !errors.As(err, &f) || !c.wrong && (err != nil || path != core) {
				t.Errorf("%q, %v", path, err)
			}
		})
	}
}
