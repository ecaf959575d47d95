// Package cryptotest is for the tests of other packages: it draws keys, and looks for what
// is in memory.
package cryptotest

import (
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

// NewKey draws an identity, and makes of it the key that opens a slot, as if read
// from an identity file, and the lock that seals one. pq asks for a hybrid one.
func NewKey(t testing.TB, pq bool) (*crypto.Identity, *crypto.IdentityFile, crypto.Lock) {
	t.Helper()
	suite := crypto.X25519
	if pq {
		suite = crypto.Hybrid
	}
	id, err := crypto.NewIdentity(suite)
	if err != nil {
		t.Fatal(err)
	}
	key, err := crypto.Identities("test identity", strings.NewReader(id.Reveal()+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := crypto.Recipient(key.Recipients()[0])
	if err != nil {
		t.Fatal(err)
	}
	return id, key, lock
}
