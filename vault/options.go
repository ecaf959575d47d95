package vault

import (
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// Options say how a vault is opened.
type Options struct {
	// Keys are tried in order on each slot. None leaves the vault locked:
	// names, status and Verify without Full still work.
	Keys []crypto.Key
	// Lent, where not nil, is what [Lend] of a process that has the vault unlocked has
	// given: the keys are tried on it, and on no slot.
	Lent []byte
	// Without are labels of slots that no key is tried on, as if they were gone.
	Without []string
	// Owners are users, beside this one, whom the folder may belong to. Such a vault
	// is only read, to the last file: ReadOnly where it would have to be written, be
	// it by Write or after an unclean stop. Its group may have the right to read it.
	// Whoever else can write to it can at any time: SECURITY.md has what is given up.
	Owners []int
	// Write opens for writing, which excludes every other process.
	Write bool
	// OneShot says that the vault is opened to be asked little, and closed. A vault that
	// is opened for reading is then read without the database, where that can be. One
	// that is opened for writing opens quicker, and a large change waits for its readers:
	// so none may be made by a function that ReadEach or Look calls.
	OneShot bool
	// Wait is how long to wait for the lock. Zero does not wait.
	Wait time.Duration
	// State is the folder where this machine remembers the vaults it has seen;
	// "" means anchor.DefaultDir.
	State string
	// Expect is "PIN" or "PIN:COMMIT", what the vault has to be. It serves as trust where
	// no state folder lasts.
	Expect string
	// Discovered says that the folder was found and not named by the user: a
	// vault that this machine has never seen is then refused with Untrusted.
	Discovered bool
	// Socket is where the process that opens for writing can be asked, an absolute
	// path: who finds the vault busy is told. See [HolderOf]. May be empty.
	Socket string
	// Memory, where not nil, gives memory for the vault's identity, of that many
	// bytes at least, and how to give it back: for who keeps a vault unlocked for
	// long. What else is derived from the identity stays on the heap.
	Memory func(size int) (memory []byte, free func())
	// Store opens the database. Nil means the one that is linked with the program, by
	// importing package ondisk, and before it the tables, from which what is read once
	// is answered without one.
	Store store.Opener
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Warn is told of what does not stop the work; nil discards it.
	Warn func(error)

	// behind lets the log of an unclean stop end before what was seen.
	behind bool
	// doubted has the database itself read from the start: see doubt.go.
	doubted bool
}

// NewSlot is a key slot to be made.
type NewSlot struct {
	Label string // [a-z0-9-]{1,40}, unique
	Lock  crypto.Lock
}

// CreateOptions say how a vault is made.
type CreateOptions struct {
	PostQuantum bool      // hybrid identity; only post-quantum slots are taken
	Slots       []NewSlot // at least one
	Policy      Policy    // zero: DefaultPolicy
	State       string    // as in Options
	Store       store.Opener
	Now         func() time.Time
	Warn        func(error)
}

func (o Options) now() func() time.Time {
	if o.Now == nil {
		return time.Now
	}
	return o.Now
}

func (o Options) warn(err error) {
	if o.Warn != nil && err != nil {
		o.Warn(err)
	}
}

// anchors is where this machine's memory of vaults lies. Where it has no place
// for one, nothing is remembered: like a state folder that cannot be written,
// that blocks neither reads nor writes.
func (o Options) anchors() (anchor.Dir, error) {
	return anchor.At(o.State)
}
