package cli

import (
	"strings"
	"testing"
)

// What is missing says on which system, and what to use instead.
func TestMissingHere(t *testing.T) {
	for goos, name := range map[string]string{"darwin": "macOS", "freebsd": "FreeBSD", "windows": "Windows"} {
		for _, f := range []*failure{noMemoryOn("edit", goos), noAgentOn("unlock", goos)} {
			if !strings.Contains(f.message, name) {
				t.Errorf("%s is not named: %s", name, f.message)
			}
		}
	}
	if f := noMemoryOn("edit", "linux"); !strings.Contains(f.message, "/dev/shm") {
		t.Errorf("no place is named: %s", f.message)
	}
	if f := noAgentOn("unlock", "windows"); !strings.Contains(f.hint, "--identity FILE") {
		t.Errorf("no way out: %s", f.hint)
	}
}
