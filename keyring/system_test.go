package keyring

import (
	"errors"
	"strings"
	"testing"
)

// What is missing on a system says so: which system, and what to use instead.
func TestMissingHere(t *testing.T) {
	for _, goos := range []string{"darwin", "freebsd", "windows"} {
		for _, err := range []error{noTPM(goos), noDescriptors(goos), noKeyring(goos)} {
			if !strings.Contains(err.Error(), SystemName(goos)) {
				t.Errorf("%s is not named: %v", goos, err)
			}
			if !strings.Contains(err.Error(), "; use ") {
				t.Errorf("no way out: %v", err)
			}
		}
		if !errors.Is(noTPM(goos), ErrUnavailable) {
			t.Error("another key is not tried where the TPM is missing")
		}
	}
}
