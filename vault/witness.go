package vault

import (
	"sync/atomic"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// A witness is this machine's memory of a vault at one place: it judges the heads
// that are found there, and remembers those that are taken.
type witness struct {
	anchors  anchor.Dir
	dir      string // the place, a real path
	unplaced bool   // the vault is being built beside its place, where this machine is not to know it
	options  Options
	warn     func(error)

	replica crypto.Replica
	isNew   bool        // this machine had not seen the vault
	newer   *Sighting   // what it has seen elsewhere and this one does not come from; nil: nothing
	byForce bool        // guarded by Vault.writing: the user's word stands behind the next commit, whatever was seen
	forgot  atomic.Bool // this machine could not remember the head: see Remember
	marks   marks
}

// A claim is a head, and a view of the store that has the log behind it.
type claim struct {
	head *crypto.SignedHead
	view func(func(store.Reader) error) error
}
