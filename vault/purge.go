package vault

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// checkPurge refuses a purge that could not remove the bytes, before anything is
// deleted. Other errors show when it is done.
func checkPurge(s store.Store, name string) error {
	err := store.CheckPurge(s, recordPrefix(name))
	if err == nil {
		return nil
	}
	e := &SecretError{Code: codeOfCause(err), Op: "purge", Key: name, Err: err, Remedy: remedy.To(remedy.DeleteWithoutPurge)}
	switch {
	case errors.Is(err, store.ErrNoSpace):
		e.Message = "nothing is deleted: a purge writes a copy of what is kept, and there is no room: " + err.Error()
	case errors.Is(err, store.ErrNoPurge):
		e.Message = "nothing is deleted: " + err.Error()
	default:
		return nil
	}
	return e
}

// purgeBytes makes the store forget the bytes of what was deleted.
func purgeBytes(ctx context.Context, s store.Store, name string) error {
	if err := store.Purge(ctx, s); err != nil {
		return &SecretError{
			Code: codeOfCause(err), Op: "purge", Key: name, Err: err,
			Message: "it is deleted, but its old bytes are still in the vault's files: " + err.Error(),
			Remedy:  remedy.To(remedy.PurgeAgain, remedy.Secret.Named(name)),
		}
	}
	return nil
}

// forgetBytes makes the store forget the bytes of what a rotation has deleted.
func forgetBytes(ctx context.Context, s store.Store, dir string) error {
	err := store.Purge(ctx, s)
	if err == nil {
		return nil
	}
	e := &SecretError{
		Code: codeOfCause(err), Op: "rotate", Path: dir, Err: err,
		Message: "the keys are rotated, but the old bytes are still in the vault's files: " + err.Error(),
	}
	if !errors.Is(err, store.ErrNoPurge) { // or no later write removes them either
		e.Remedy = remedy.To(remedy.NextWriteRemoves)
	}
	return e
}
