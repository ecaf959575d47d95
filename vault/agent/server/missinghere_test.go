package server

import (
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A system that does not tell which program connects says so by its name, and what
// works instead.
func TestMissingHere(t *testing.T) {
	t.Parallel()
	for goos, name := range map[string]string{"darwin": "macOS", "freebsd": "FreeBSD"} {
		if err := noPrograms(goos); !strings.Contains(err.Error(), name) || vault.RemedyOf(err).Action != remedy.GrantLess {
			t.Errorf("%s: %v", goos, err)
		}
	}
}
