package vault

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// storeError adds to an error of the store which vault it is about and what
// can be done.
func storeError(dir string, err error) error {
	err = wrap("", err)
	var e *SecretError
	if !errors.As(err, &e) {
		return err
	}
	e.Path = dir
	if !e.Remedy.IsZero() {
		return err // it knows the way out itself
	}
	if errors.Is(err, store.ErrUncertain) {
		e.Message = "the disk failed in the middle of the write: the change may be there or not: " + e.Err.Error()
		e.Remedy = remedy.To(remedy.ReadFirst)
		return err
	}
	if errors.Is(err, store.ErrNoStore) {
		e.Message = "the database of the vault is missing: deleted or lost"
		e.Remedy = remedy.To(remedy.Restore)
	}
	switch e.Code {
	case Busy:
		e.busyWith(dir)
	case Corrupt:
		e.Remedy = remedy.To(remedy.RestoreOrAge)
	case Unsafe:
		e.Remedy = remedy.To(remedy.Diagnose)
	case DiskFailed:
		e.Remedy = remedy.To(remedy.LookAtDisk)
	case NoSpace:
		e.Remedy = remedy.To(remedy.FreeSpaceToWrite)
		if errors.Is(err, store.ErrRecovery) {
			e.Remedy = remedy.To(remedy.FreeSpaceToRecover)
		}
	}
	return err
}

// stored makes an error of the store or the disk one of this package's.
func stored(dir string, err error) error {
	var e *SecretError
	if errors.As(err, &e) {
		return err
	}
	return storeError(dir, err)
}

func pathError(path string, err error) error {
	if err == nil {
		return nil
	}
	e := &SecretError{Code: codeOfCause(err), Path: path, Err: err}
	if isReadOnlyFS(err) {
		e.Code = ReadOnly
	}
	return e
}

func slotError(dir string, s crypto.Slot, err error) error {
	e := &SecretError{Code: SlotTampered, Path: dir, Err: err, Remedy: remedy.To(remedy.Restore)}
	switch {
	case errors.Is(err, crypto.ErrMissing):
		e.Message = fmt.Sprintf("key slot %s is missing: deleted or lost", s.Label)
	case errors.Is(err, crypto.ErrForged):
		e.Message = fmt.Sprintf("key slot %s is not the one that the vault lists: changed or damaged", s.Label)
	case errors.Is(err, crypto.ErrMalformed), errors.Is(err, crypto.ErrLimit), errors.Is(err, crypto.ErrNewer):
		e.Message = fmt.Sprintf("key slot %s: %v", s.Label, err)
	default:
		return wrap("", err)
	}
	return e
}

// slotList names the slots, for messages.
func slotList(slots []crypto.Slot) string {
	names := make([]string, 0, len(slots))
	for _, s := range slots {
		names = append(names, s.Label+": "+s.Kind)
	}
	return strings.Join(names, ", ")
}

// lockedError says that a key is needed to one of the slots.
func lockedError(dir string, slots []crypto.Slot) error {
	return &SecretError{
		Code: Locked, Path: dir,
		Message: "the vault is locked: this needs a key to one of its slots (" + slotList(slots) + ")",
		Remedy:  remedy.To(remedy.GiveKey),
	}
}

func closedError() error {
	return &SecretError{Code: Internal, Message: "the vault is closed"}
}
