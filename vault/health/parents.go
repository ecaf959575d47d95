package health

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// Parents looks at the folders above the vault: whoever can write to one of
// them can put another vault in its place.
func Parents(dir string) (found []Finding) {
	if !hasModes {
		return nil
	}
	for at := filepath.Dir(dir); ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil {
			found = append(found, parent(at, info)...)
		}
		if at == filepath.Dir(at) {
			return found
		}
	}
}

// parent looks at one folder. A sticky one keeps others from renaming what is
// not theirs.
func parent(at string, info fs.FileInfo) []Finding {
	perm := info.Mode().Perm()
	open := func(l Level, who string, close remedy.Action) []Finding {
		return []Finding{{
			permissions, l, fmt.Sprintf("%s can write to %s, above the vault, and put another in its place", who, at),
			on(close, at), nil,
		}}
	}
	uid, known := ownerOf(info)
	switch {
	case known && uid != 0 && uid != os.Geteuid():
		return []Finding{{
			permissions, Advice, fmt.Sprintf("another user (uid %d) owns %s, above the vault, and can put another in its place", uid, at),
			remedy.To(remedy.MoveToOwnFolder), nil,
		}}
	case info.Mode()&fs.ModeSticky != 0:
		return nil
	case perm&0o002 != 0:
		return open(Fault, "everybody", remedy.KeepOthersFromWriting)
	case perm&0o020 != 0 && groupOf(info) != os.Getegid():
		return open(Advice, fmt.Sprintf("the group %d", groupOf(info)), remedy.KeepGroupFromWriting)
	}
	return nil
}
