package vault

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/backup"
	"github.com/tacit-vault/tacit/vault/remedy"
)

const opRestore = "restore"

// BackupSource is a backup to be read, and what it is called in messages.
type BackupSource struct {
	Name   string
	Reader io.Reader
}

// Backup is a vault in the form of a backup, or of a full one and those made
// since, one after the other. It can be checked or restored once.
type Backup struct {
	v     *Vault // the vault that it becomes; it has neither folder nor store yet
	names []string
	files []*backup.Reader
	last  *backup.Reader
}

// OpenBackup reads the beginnings of a full backup and of those made since it,
// in their order. Nothing that they say is trusted yet, but that each is
// signed by the pin that it names, and that they are of one vault and one pin.
// Of the options it looks at State, Expect, Wait, Now and Warn.
//
// Codes: HeadForged, SlotTampered, Corrupt, Newer; Conflict where they do not
// follow one another; those of Options.Expect.
func OpenBackup(files []BackupSource, o Options) (b *Backup, err error) {
	const op = opRestore
	defer naming(op, &err)
	if len(files) == 0 {
		return nil, &SecretError{Code: Internal, Message: "no backup"}
	}
	anchors, err := o.anchors()
	if err != nil {
		return nil, wrap("", err)
	}
	o.Write = true
	b = &Backup{}
	for _, f := range files {
		r, err := backup.NewReader(f.Reader)
		if err != nil {
			return nil, backupError(op, f.Name, err)
		}
		b.names, b.files, b.last = append(b.names, f.Name), append(b.files, r), r
		if err := b.follows(); err != nil {
			return nil, err
		}
	}
	b.v = newVault(files[len(files)-1].Name, o, anchors)
	b.v.file, b.v.current.head = b.last.VaultFile, b.last.Head
	if o.Expect != "" {
		if err := checkExpect(b.v.dir, o.Expect, b.v.current.head.Pin.String(), b.v.current.head.Seq); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// follows tells whether the file read last belongs behind those before it, as
// far as their beginnings tell.
func (b *Backup) follows() error {
	i := len(b.files) - 1
	this, refuse := b.files[i], func(message string) error {
		return &SecretError{
			Code: Conflict, Path: b.names[i], Message: message,
			Remedy: remedy.To(remedy.RestoreInOrder),
		}
	}
	switch {
	case i == 0 && this.Base != nil:
		return refuse("this backup holds only what came since another one")
	case i > 0 && this.Base == nil:
		return refuse("this is a full backup: no other can come before it")
	case i == 0:
		return nil
	}
	before := b.files[i-1].Head
	switch {
	case this.Head.Vault != before.Vault, this.Head.Pin != before.Pin:
		return refuse("this backup is of another vault, or of one under other keys")
	case this.Base.Head != before.Point():
		return refuse(fmt.Sprintf("this backup was made since commit %d, and not since %s, which is of commit %d",
			this.Base.Head.Seq, b.names[i-1], before.Seq))
	}
	return nil
}

// Status is that of the vault which the backup holds. Path is the file.
func (b *Backup) Status() Status { return b.v.Status() }

// Unlock tries the keys on each slot in the backup. Codes: WrongKey where none
// fits; HeadForged where the backup is of another identity than its slots.
func (b *Backup) Unlock(ctx context.Context, keys ...crypto.Key) (err error) {
	defer naming(opRestore, &err)
	id, err := b.v.openSlots(ctx, b.last.Head.Slots, b.last.Slots, keys)
	var wrong *SecretError
	if errors.As(err, &wrong) && wrong.Code == WrongKey {
		wrong.Remedy = remedy.To(remedy.GiveBackupKey)
	}
	if err != nil {
		return err
	}
	for i, f := range b.files[:len(b.files)-1] {
		if err := b.checkHead(i, id, f.Head); err != nil {
			return err
		}
	}
	return b.v.current.unlock(b.last.Head, id)
}

// checkHead holds the head of a file before the last against the identity.
func (b *Backup) checkHead(i int, id *crypto.Identity, head *crypto.SignedHead) error {
	keys, err := id.Unlock(head.Vault)
	if err != nil {
		return wrap("", err)
	}
	defer keys.Wipe()
	if err := keys.CheckHead(head); err != nil {
		id.Wipe()
		return backupError(opRestore, b.names[i], fmt.Errorf("%w: %w", backup.ErrHead, err))
	}
	return nil
}

// Close wipes the keys.
func (b *Backup) Close() { b.v.current.wipe() }

// backupError says what is wrong with a file that is to be a backup.
func backupError(op, name string, err error) error {
	var known *SecretError
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &SecretError{Code: Corrupt, Op: op, Path: name, Err: err, Remedy: remedy.To(remedy.OtherBackup)}
	if op == opRestore {
		e.Remedy = remedy.To(remedy.OtherBackupOrRescue)
	}
	var record *backup.RecordError
	switch {
	case errors.Is(err, backup.ErrNoBackup):
		e.Message, e.Remedy = "this is not a backup of tacit's", remedy.To(remedy.NameBackup)
	case errors.Is(err, crypto.ErrNewer):
		e.Code, e.Message, e.Remedy = Newer, "this backup was made by a newer version of tacit", remedy.To(remedy.Upgrade)
	case errors.Is(err, backup.ErrCut):
		e.Message = "the backup is cut short: it does not hold everything"
	case errors.Is(err, backup.ErrTrailing):
		e.Message = "the backup goes on after its end: something was added to it"
	case errors.Is(err, backup.ErrOrder):
		e.Message = "the backup is " + err.Error() + ": parts were moved, added or taken away"
	case errors.Is(err, backup.ErrChanged):
		e.Message = "the backup was changed or damaged since it was written"
	case errors.Is(err, backup.ErrHead):
		e.Code, e.Message = HeadForged, "the head in the backup is not the vault's: forged or damaged"
	case errors.Is(err, backup.ErrSlot):
		e.Code, e.Message = SlotTampered, "a "+err.Error()+": changed or damaged"
	case errors.As(err, &record):
		return recordError(e, record)
	case errors.Is(err, crypto.ErrForged):
		e.Code, e.Message = Forged, "the end of the backup was not made by this vault: forged"
	case errors.Is(err, crypto.ErrMalformed), errors.Is(err, crypto.ErrLimit):
		e.Message = "the backup is damaged: " + err.Error()
	default:
		return fail(op, fmt.Errorf("reading %s: %w", name, err))
	}
	return e
}

func recordError(e *SecretError, r *backup.RecordError) error {
	e.Key = r.Name
	switch {
	case errors.Is(r, backup.ErrSwapped):
		e.Code, e.Message = Swapped, "in the backup stands "+r.Err.Error()+", in its place"
	case errors.Is(r, backup.ErrOther):
		e.Code, e.Message = Replayed, fmt.Sprintf("the backup has another record instead of version %d", r.Version)
	case errors.Is(r, crypto.ErrMissing):
		e.Code, e.Message = Missing, fmt.Sprintf("version %d is not in the backup: it was taken out", r.Version)
	case errors.Is(r, crypto.ErrNotBound), errors.Is(r, crypto.ErrForged):
		e.Code, e.Message = Forged, fmt.Sprintf("the record of version %d was not sealed by this vault: forged", r.Version)
	default:
		e.Message = fmt.Sprintf("the record of version %d is damaged", r.Version)
	}
	return e
}
