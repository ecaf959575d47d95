package system

import (
	"path/filepath"
	"testing"
)

func TestSmallBeside(t *testing.T) {
	t.Parallel()
	at := func(name string) string { return filepath.Join("usr", "libexec", "tacit", name) }
	for path, want := range map[string]string{
		at("tacit-core"): at("tacit"), at("tacit-core.exe"): at("tacit.exe"), at("tacit"): "", at("tacit-core-old"): "", at("vault"): "",
	} {
		if got := SmallBeside(path); got != want {
			t.Errorf("%s: %q, must be %q", path, got, want)
		}
	}
}
