package vault

import (
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// NoteBackup remembers on this machine, in the folder state, that a vault was written to
// a backup, once that lies where it belongs. An empty state is the usual folder.
// [BackedUp] tells it. It proves nothing: the backup may be gone since.
func NoteBackup(state string, st Status, now time.Time) error {
	anchors, id, err := noteOf(state, st)
	if err != nil {
		return err
	}
	return anchors.NoteBackup(id, st.Path, now)
}

// BackedUp is when this machine last wrote a vault to a backup. It is the zero time where
// that never was, or is not known.
func BackedUp(state string, st Status) time.Time {
	anchors, id, err := noteOf(state, st)
	if err != nil {
		return time.Time{}
	}
	return anchors.BackedUp(id, st.Path)
}

func noteOf(state string, st Status) (anchor.Dir, crypto.ID, error) {
	anchors, err := anchor.At(state)
	if err != nil {
		return anchors, crypto.ID{}, err
	}
	id, err := crypto.ParseID(st.ID)
	return anchors, id, err
}
