package vault

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A current is the newest state of an open vault: the store, the head that it has,
// and the keys of that. They change together.
type current struct {
	dir     string                                      // of the vault, for errors
	memory  func(size int) (memory []byte, free func()) // see Options.Memory; may be nil
	readers sync.WaitGroup                              // snapshots in use
	reload  func() error                                // reads the head again and judges it; mu is held

	mu        sync.RWMutex // guards what is below, and that head is the store's
	store     store.Store
	head      *crypto.SignedHead
	keys      *crypto.Keys     // nil while locked
	identity  *crypto.Identity // nil while locked; what new slots are made of
	retired   []*crypto.Keys   // those before a rotation, which readers may still use
	suspended bool             // the store is closed for a while
	closed    bool

	own ownCount
}

// view runs fn over the newest state, for an operation, or for "" where the caller
// names that. Where a proof fails on what the store read by
// a way of its own, it is run once more: so it begins with forgetting what it did.
func (c *current) view(ctx context.Context, op string, fn func(*snapshot) error) error {
	s, before := c.asked()
	err := c.viewOnce(ctx, fn)
	if doubtful(s, before, err) {
		if err = c.readAgain(); err == nil {
			err = c.viewOnce(ctx, fn)
		}
	}
	return during(op, err)
}

// viewOnce runs fn over the newest state. The lock is held only until head and
// store snapshot are taken together; fn runs beside later writers.
func (c *current) viewOnce(ctx context.Context, fn func(*snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.RLock()
	locked := true
	release := func() {
		if locked {
			locked = false
			c.mu.RUnlock()
		}
	}
	defer release()
	if err := c.usable(); err != nil {
		return err
	}
	c.readers.Add(1)
	defer c.readers.Done()
	return c.store.View(func(r store.Reader) error {
		s := &snapshot{r: r, dir: c.dir, head: c.head, keys: c.keys}
		release()
		return fn(s)
	})
}

// usable tells why nothing can be read. The caller holds mu.
func (c *current) usable() error {
	if c.closed {
		return closedError()
	}
	if c.suspended {
		return &SecretError{Code: Busy, Path: c.dir, Message: "the vault is closed for a moment", Remedy: remedy.To(remedy.TryAgain)}
	}
	return nil
}

// checkFiles asks the store whether its files are whole, beside other readers and
// writers.
func (c *current) checkFiles() error {
	c.mu.RLock()
	checker, ok := c.store.(store.FileChecker)
	err := c.usable()
	if err == nil {
		c.readers.Add(1)
		defer c.readers.Done()
	}
	c.mu.RUnlock()
	if err != nil || !ok {
		return err
	}
	return checker.CheckFiles()
}

// unlockedView is view for what needs the key.
func (c *current) unlockedView(ctx context.Context, op string, fn func(*snapshot) error) error {
	return c.view(ctx, op, func(s *snapshot) error {
		if s.keys == nil {
			return lockedError(c.dir, s.head.Slots)
		}
		return fn(s)
	})
}

// load reads the head out of the store. Nothing of it is believed yet.
func (c *current) load() error {
	var z []byte
	err := c.store.View(func(r store.Reader) (err error) {
		z, err = r.Get(headKey)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return &SecretError{
			Code: Missing, Path: c.dir, Err: err,
			Message: "the head of the vault is missing: deleted or lost", Remedy: remedy.To(remedy.Restore),
		}
	}
	if err != nil {
		return storeError(c.dir, err)
	}
	head, err := crypto.ParseHead(z)
	if errors.Is(err, crypto.ErrNewer) {
		return &SecretError{
			Code: Newer, Path: c.dir, Err: err,
			Message: "this vault uses what only a newer version of tacit knows", Remedy: remedy.To(remedy.Upgrade),
		}
	}
	if err != nil {
		return &SecretError{
			Code: HeadForged, Path: c.dir, Err: err,
			Message: "the head of the vault is malformed: forged or damaged", Remedy: remedy.To(remedy.Restore),
		}
	}
	c.head = head
	return nil
}

// put runs a transaction that ends with the head, and takes the head over.
// Readers take head and snapshot together, so they never see one without the
// other. After a commit that failed, the head is read again before anything is
// believed. then, which may be nil, runs where the head is committed, before any
// reader sees it.
func (c *current) put(head *crypto.SignedHead, z []byte, rest func(store.Writer) error, then func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.store.Update(func(w store.Writer) error {
		if err := rest(w); err != nil {
			return err
		}
		return w.Put(headKey, z)
	})
	if errors.Is(err, store.ErrUncertain) {
		var there []byte
		again := c.store.View(func(r store.Reader) (err error) {
			there, err = r.Get(headKey)
			return err
		})
		if again == nil && bytes.Equal(there, z) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	c.head = head
	if then != nil {
		then()
	}
	return nil
}

// unlock takes the vault identity and its keys over if the head is its own.
func (c *current) unlock(head *crypto.SignedHead, id *crypto.Identity) error {
	keys, err := id.Unlock(head.Vault)
	if err != nil {
		id.Wipe()
		return wrap("", err)
	}
	if err := keys.CheckMAC(head); err != nil {
		id.Wipe()
		keys.Wipe()
		return &SecretError{
			Code: HeadForged, Path: c.dir, Err: err,
			Message: "the head of the vault was not made with the vault's identity: forged or substituted",
			Remedy:  remedy.To(remedy.Restore),
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.keys != nil {
		id.Wipe()
		keys.Wipe() // those that readers are using stay
	} else {
		c.keys, c.identity = keys, id
		c.guard(id)
	}
	if c.closed {
		return closedError()
	}
	return nil
}

// guard moves the identity to the memory that the options ask for.
func (c *current) guard(id *crypto.Identity) {
	if c.memory != nil {
		id.MoveTo(c.memory(id.Len()))
	}
}

// slotFiles reads every slot and holds it against the slot table, before any
// is tried: a slot that somebody changed is found by whoever opens the vault next.
func (c *current) slotFiles(ctx context.Context) (head *crypto.SignedHead, files [][]byte, err error) {
	err = c.view(ctx, "", func(s *snapshot) error {
		head, files = s.head, nil
		for _, slot := range s.head.Slots {
			file, err := s.slotFile(slot)
			if err != nil {
				return err
			}
			files = append(files, file)
		}
		return nil
	})
	return head, files, err
}

// rekey puts another identity and its keys in the place of those that a rotation
// retires. The caller holds mu.
func (c *current) rekey(identity *crypto.Identity, keys *crypto.Keys) {
	c.retired = append(c.retired, c.keys) // readers may still be using them
	c.identity.Wipe()
	c.identity, c.keys = identity, keys
	c.guard(identity)
}

// ownIdentity returns the vault identity, to compare with, and a copy to use
// and wipe, because a rotation may wipe the former at any time. Both are nil
// while the vault is locked.
func (c *current) ownIdentity() (now, clone *crypto.Identity) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.identity == nil || c.closed {
		return nil, nil
	}
	return c.identity, c.identity.Clone()
}

// wipe zeroes what was kept to open and seal with.
func (c *current) wipe() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, keys := range append(c.retired, c.keys) {
		if keys != nil {
			keys.Wipe()
		}
	}
	if c.identity != nil {
		c.identity.Wipe()
	}
}

// closeStore closes the store unless Suspend has.
func (c *current) closeStore() error {
	if c.suspended {
		return nil
	}
	return c.store.Close()
}

// claim is the head as it is. The caller holds mu, or has the vault alone.
func (c *current) claim() claim { return claim{c.head, c.store.View} }
