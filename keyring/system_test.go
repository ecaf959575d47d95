package keyring

import (
	"strings"
	"testing"
)

// What is missing on a system says so: which system, and what to use instead.
func TestMissingHere(t *testing.T) {
	for _, goos := range []string{"darwin", "freebsd", "windows"} {
		err := noDescriptors(goos)
		if !strings.Contains(err.Error(), SystemName(goos)) {
			t.Errorf("%s is not named: %v", goos, err)
		}
		if !strings.Contains(err.Error(), "; use ") {
			t.Errorf("no way out: %v", err)
		}
	}
}
