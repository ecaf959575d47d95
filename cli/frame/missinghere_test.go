package frame

import (
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// What is missing says on which system, and what to use instead.
func TestMissingHere(t *testing.T) {
	for goos, name := range map[string]string{"darwin": "macOS", "freebsd": "FreeBSD", "windows": "Windows"} {
		for _, f := range []*failure.Failure{NoMemoryOn("edit", goos), NoAgentOn("unlock", goos)} {
			if !strings.Contains(f.Message, name) {
				t.Errorf("%s is not named: %s", name, f.Message)
			}
		}
	}
	if f := NoMemoryOn("edit", "linux"); !strings.Contains(f.Message, "/dev/shm") {
		t.Errorf("no place is named: %s", f.Message)
	}
	if f := NoAgentOn("unlock", "windows"); !strings.Contains(f.Words(), "--identity FILE") {
		t.Errorf("no way out: %s", f.Hint)
	}
}
