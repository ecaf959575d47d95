package anchor

import (
	"errors"
	"fmt"
	"time"

	"github.com/tacit-vault/tacit/crypto"
)

// The folders of what is remembered of a vault at a path as a convenience. It proves
// nothing.
const (
	checkedDir = "checked"
	backedDir  = "backedup"
)

// NoteChecked remembers that the whole vault at realPath was read at that time and
// found whole. Like NoteUsed it is a convenience and proves nothing.
func (d Dir) NoteChecked(id crypto.ID, realPath string, now time.Time) error {
	return d.note(checkedDir, id, realPath, now)
}

// Checked tells when the vault at realPath was last found whole by this machine, to
// the second. It is the zero time where that is not known, or cannot be read.
func (d Dir) Checked(id crypto.ID, realPath string) time.Time {
	return d.noted(checkedDir, id, realPath)
}

// NoteBackup remembers that the vault at realPath was written to a backup at that time.
// It proves nothing: the backup may be gone.
func (d Dir) NoteBackup(id crypto.ID, realPath string, now time.Time) error {
	return d.note(backedDir, id, realPath, now)
}

// BackedUp tells when this machine last wrote the vault at realPath to a backup, to the
// second. It is the zero time where that is not known, or cannot be read.
func (d Dir) BackedUp(id crypto.ID, realPath string) time.Time {
	return d.noted(backedDir, id, realPath)
}

func (d Dir) note(folder string, id crypto.ID, realPath string, now time.Time) error {
	d, err := d.named()
	if err != nil {
		return err
	}
	if d.Path == "" {
		return ErrNowhere
	}
	return writeUnsynced(d.noteFile(folder, realPath), fmt.Appendf(nil, "%s %d\n", id, now.Unix()))
}

func (d Dir) noted(folder string, id crypto.ID, realPath string) time.Time {
	d, err := d.named()
	if err != nil {
		return time.Time{}
	}
	at, _, err := load(d.noteFile(folder, realPath), func(b []byte) (time.Time, error) {
		var of string
		var unix int64
		n, err := fmt.Sscanf(string(b), "%s %d\n", &of, &unix)
		if n != 2 || err != nil || of != id.String() || unix < 0 || unix >= 1<<40 {
			return time.Time{}, errors.Join(ErrUnreadable, err)
		}
		return time.Unix(unix, 0).UTC(), nil
	})
	if err != nil {
		return time.Time{}
	}
	return at
}

func (d Dir) noteFile(folder, realPath string) string { return d.file(folder, d.pathName(realPath)) }
