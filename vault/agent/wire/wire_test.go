//go:build linux || darwin || freebsd

package wire

import (
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
)

// What is sent of a secret fits into the buffer that was made for it.
func TestSecretIsNotMoved(t *testing.T) {
	t.Parallel()
	odd := map[string]string{}
	for _, key := range strings.Split("abcdefghij", "") {
		odd[strings.Repeat(key, vault.MaxLabelKey)] = strings.Repeat("<", vault.MaxLabelValue)
	}
	s := vault.Secret{Value: vault.Text(strings.Repeat("\x01", 1000)), Info: vault.Info{
		Name: strings.Repeat("N", 100), Version: 1 << 33, Oldest: 1 << 33, Size: 1 << 22, Kind: "text",
		Updated: vault.MaxExpires, Expires: vault.MaxExpires.Add(-time.Second), Labels: odd, Attrs: odd,
	}}
	value := s.Value.JSONValue()
	least := len(appendSecret(nil, s, value)) + 1 // and a newline
	if b := SecretBytes(s); cap(b) < least || &b[:1][0] != &appendSecret(b[:0], s, value)[0] {
		t.Errorf("%d bytes in a buffer of %d", least, cap(b))
	}
}
