package health

import (
	"fmt"
	"io/fs"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// writes is a file or folder that a change writes to: it is noted where its mode
// keeps its owner from that. Who may write to all has no use for modes.
func (w *walk) writes(path string, info fs.FileInfo, mine bool) {
	if hasModes && mine && info.Mode().Perm()&0o200 == 0 && keptFrom(path) {
		w.kept = append(w.kept, path)
	}
}

// readOnly tells what was noted. Somebody may want it so: then it is no fault, and
// not for --fix to undo.
func (w *walk) readOnly() {
	if len(w.kept) == 0 {
		return
	}
	message := "the vault can be read, not changed: " + w.kept[0] + " cannot be written by its owner"
	way := on(remedy.LetOwnerWrite, w.kept[0])
	if more := len(w.kept) - 1; more > 0 {
		message += fmt.Sprintf(", nor %d more", more)
		way = on(remedy.LetOwnerWriteAll, w.dir)
	}
	w.add(permissions, Advice, message, way, nil)
}
