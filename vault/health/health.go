// Package health looks at what surrounds a vault: the files and the disk that
// it lies on, the machine's memory of it, the clock, its key slots. Each check
// is a function of its own and returns what it found; none changes anything. A
// finding that can be mended without a doubt carries a function that does.
//
// Nothing here needs a key, takes longer than listing a folder, or relies on a
// vault that opens: it is for the day on which it does not.
package health

import (
	"encoding"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// Level says how bad a finding is.
type Level int

// The levels, from good to bad.
const (
	OK        Level = iota
	Advice          // works, and could be better or safer
	Fault           // does not work, or lets others in
	Tampering       // somebody changed the vault, or the disk did
)

var _ encoding.TextMarshaler = OK

func (l Level) String() string { return [...]string{"ok", "advice", "fault", "tampering"}[l] }

// MarshalText gives the level's name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Finding is what a check found.
type Finding struct {
	Check   string // the check: "permissions", "space", …
	Level   Level
	Message string
	Remedy  remedy.Remedy          // what mends it; none where it is ok
	Fix     func() (string, error) // mends it and says what it did; nil: it is for the user to do
}

// chmodFix takes the rights of others from a file.
func chmodFix(path string, mode os.FileMode) func() (string, error) {
	return func() (string, error) {
		info, err := os.Lstat(path)
		if err != nil {
			return "", err
		}
		if info.Mode()&os.ModeSymlink != 0 { // exchanged meanwhile
			return "", os.ErrInvalid
		}
		return "closed " + path + " to other users", os.Chmod(path, mode)
	}
}

// inside tells whether path lies in dir, or is it. Both are absolute.
func inside(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
