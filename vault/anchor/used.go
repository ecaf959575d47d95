package anchor

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto"
)

// usedFor is how long a use is remembered as the last one before another is
// written down: the day is what people ask for, and a read costs less than a write.
const usedFor = 12 * time.Hour

// maxUsed is the largest file of uses, in bytes: far above 32 slots.
const maxUsed = 64 << 10

// NoteUsed remembers that a key slot of a vault opened it on this machine. It
// is a convenience and proves nothing: it is not synced, and what is unreadable
// is written anew.
func (d Dir) NoteUsed(id crypto.ID, slot uint32, now time.Time) error {
	if d.Path == "" {
		return ErrNowhere
	}
	used := d.Used(id)
	if since := now.Sub(used[slot]); 0 <= since && since < usedFor {
		return nil
	}
	used[slot] = now
	return writeUnsynced(d.usedFile(id), marshalUsed(used))
}

// writeUnsynced replaces a file that a crash may take back, and makes its folder.
func writeUnsynced(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func marshalUsed(used map[uint32]time.Time) []byte {
	var b []byte
	for _, slot := range slices.Sorted(maps.Keys(used)) {
		b = fmt.Appendf(b, "%d %d\n", slot, used[slot].Unix())
	}
	return b
}

// Used tells when the slots of a vault last opened it on this machine, to
// within half a day. Slots that are not in it, or that cannot be read, are not
// known.
func (d Dir) Used(id crypto.ID) map[uint32]time.Time {
	used := map[uint32]time.Time{}
	info, err := os.Lstat(d.usedFile(id))
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxUsed {
		return used
	}
	b, err := fs.ReadFile(os.DirFS(d.Path), "used/"+id.String())
	if err != nil {
		return used
	}
	return parseUsed(b)
}

// parseUsed reads what it can: a line that is none is passed over.
func parseUsed(b []byte) map[uint32]time.Time {
	used := map[uint32]time.Time{}
	for line := range strings.Lines(string(b)) {
		var slot uint32
		var unix int64
		if n, err := fmt.Sscanf(line, "%d %d\n", &slot, &unix); n == 2 && err == nil && 0 <= unix && unix < 1<<40 {
			used[slot] = time.Unix(unix, 0).UTC()
		}
	}
	return used
}

func (d Dir) usedFile(id crypto.ID) string { return d.file("used", id.String()) }
