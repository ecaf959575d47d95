package vault

import (
	"context"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// Alive tells whether the folder is still the one that was opened: VaultMissing
// where it was deleted, Substituted where another stands in its place. It costs
// one look at a file.
func (v *Vault) Alive() (err error) {
	defer naming("use", &err)
	now, err := os.Lstat(filepath.Join(v.dir, vaultFileName))
	switch {
	case err != nil:
		return gone(v.dir, "the vault was deleted or moved while it was open", v.witness.anchors)
	case !os.SameFile(now, v.opened):
		return &SecretError{
			Code: Substituted, Path: v.dir,
			Message: "another vault was put in this one's place while it was open", Remedy: remedy.To(remedy.LockAndReopen),
		}
	}
	return nil
}

// Suspend closes the files and lets others have the vault, keeping the keys. It
// waits for what is under way. Until Resume every method fails with Busy.
func (v *Vault) Suspend(ctx context.Context) error {
	select {
	case v.writing <- struct{}{}:
		defer func() { <-v.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	v.current.mu.Lock()
	v.current.ownNames() // for Status, while they can be read
	done := v.current.suspended || v.current.closed
	v.current.suspended = true
	v.current.mu.Unlock()
	if done {
		return nil
	}
	v.current.readers.Wait()
	synced := v.witness.marks.flush()
	err := v.current.store.Close()
	v.warner.warn(<-synced)
	return fail("suspend", err)
}

// Resume opens the files again, and judges what it finds as Open does. What it
// finds must be the commit that it left, or descend from it, whatever this machine
// remembers. Locked
// where the vault's keys were rotated meanwhile; else the codes of Open. After
// an error it can be tried again, or the vault closed.
func (v *Vault) Resume(ctx context.Context) (err error) {
	const op = "resume"
	defer naming(op, &err)
	v.writing <- struct{}{}
	defer func() { <-v.writing }()
	v.current.mu.Lock()
	defer v.current.mu.Unlock()
	switch {
	case v.current.closed:
		return closedError()
	case !v.current.suspended:
		return nil
	}
	if err := v.Alive(); err != nil {
		return err
	}
	s, err := openStore(ctx, op, v.dir, v.options, v.witness.anchors)
	if err != nil {
		return storeError(v.dir, err)
	}
	before := v.current.head
	v.current.store = s
	if err = v.readHead(); err == nil {
		if err = follows(v.dir, v.current.claim(), before); err == nil {
			err = v.rejudge(op)
		}
	}
	if err != nil {
		v.current.head = before
		s.Close()
		return err
	}
	v.current.suspended, v.commits.swept, v.copies.looked = false, false, false
	return nil
}

// rejudge holds the head against the machine's memory and the keys. The caller
// holds mu.
func (v *Vault) rejudge(op string) error {
	m, verdict, err := v.witness.weigh(v.current.claim(), v.current.keys != nil || len(v.options.Keys) > 0)
	if err == nil {
		err = verdictError(v.dir, v.current.head, m, verdict)
	}
	if err == nil && v.current.keys != nil && v.current.keys.CheckMAC(v.current.head) != nil {
		err = &SecretError{Code: Locked, Path: v.dir, Message: "the vault's keys were rotated while it was closed", Remedy: remedy.To(remedy.LockAndUnlock)}
	}
	if err == nil {
		err = v.witness.compare(op, v.current.claim(), m)
	}
	if err == nil {
		v.witness.remember(v.current.head, v.current.keys != nil, m, verdict)
	}
	return err
}
