package agent

import (
	"strings"
	"testing"
)

// A system that does not tell which program connects says so by its name, and what
// works instead.
func TestMissingHere(t *testing.T) {
	for goos, name := range map[string]string{"darwin": "macOS", "freebsd": "FreeBSD"} {
		if err := noPrograms(goos); !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "--only") {
			t.Errorf("%s: %v", goos, err)
		}
	}
}
