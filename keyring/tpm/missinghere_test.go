package tpm

import (
	"errors"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/keyring"
)

// A system without it says so: which system, and what to use instead. Then the next
// key is tried.
func TestMissingHere(t *testing.T) {
	for _, goos := range []string{"darwin", "freebsd", "windows"} {
		err := noTPM(goos)
		if !strings.Contains(err.Error(), keyring.SystemName(goos)) || !strings.Contains(err.Error(), "; use ") {
			t.Errorf("%s: %v", goos, err)
		}
		if !errors.Is(err, keyring.ErrUnavailable) {
			t.Error("another key is not tried")
		}
	}
}
