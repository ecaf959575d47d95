package health

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/remedy"
)

const agents = "agent"

// What a mode must not grant to others: to reach into the folder of sockets, to
// connect to one. systemd's sockets can be read by all, which means nothing.
const (
	folderBits = 0o077
	socketBits = 0o022
)

// SocketFolder looks at the folder of the agents' sockets. Where the user named
// a socket in it, the folder may be anybody's (/tmp, say), and --fix leaves it be.
func SocketFolder(dir string, named bool) []Finding {
	info, err := os.Lstat(dir)
	if !hasModes || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	what := "the folder of the agent's socket, " + dir + ","
	fault := func(message string, way remedy.Remedy, mend func() (string, error)) []Finding {
		if named {
			way, mend = remedy.To(remedy.NameOwnSocket).OrElse(remedy.To(remedy.UnsetAgent)), nil
		}
		return []Finding{{agents, Fault, what + " " + message + ": no agent is sought there", way, mend}}
	}
	switch {
	case err != nil:
		return fault("cannot be looked at", on(remedy.LookAt, dir), nil)
	case !info.IsDir():
		return fault("is "+kindOf(info.Mode()), on(remedy.RemoveFiles, dir), nil)
	}
	if uid, ok := ownerOf(info); ok && uid != os.Geteuid() {
		return fault(fmt.Sprintf("belongs to another user (uid %d)", uid), onTwo(remedy.MoveAsRoot, dir, dir+".old"), nil)
	}
	if perm := info.Mode().Perm(); perm&folderBits != 0 {
		return fault(fmt.Sprintf("lets others in (mode %04o)", perm), on(remedy.CloseFolder, dir), chmodFix(dir, 0o700))
	}
	return nil
}

// Socket looks at what lies where an agent's socket should be. Whether anybody
// is behind it is not asked.
func Socket(path string, named bool) []Finding {
	info, err := os.Lstat(path)
	if !hasModes || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	fault := func(message string, way remedy.Remedy, mend func() (string, error)) []Finding {
		if named {
			way, mend = way.OrElse(remedy.To(remedy.UnsetAgent)), nil
		}
		return []Finding{{agents, Fault, message + ": no agent is spoken to there", way, mend}}
	}
	switch {
	case err != nil:
		return fault(fmt.Sprintf("the agent's socket %s cannot be looked at: %v", path, errors.Unwrap(err)), on(remedy.LookAt, filepath.Dir(path)), nil)
	case info.IsDir():
		return fault(path+" is a folder, and should be an agent's socket", onTwo(remedy.Move, path, path+".old"), nil)
	case info.Mode().Type() != fs.ModeSocket:
		return fault(path+" is "+kindOf(info.Mode())+", and should be an agent's socket", on(remedy.RemoveFiles, path), nil)
	}
	if uid, ok := ownerOf(info); ok && uid != os.Geteuid() {
		return fault(fmt.Sprintf("the agent's socket %s belongs to another user (uid %d)", path, uid), on(remedy.RemoveAsRoot, path), nil)
	}
	if perm := info.Mode().Perm(); perm&socketBits != 0 {
		return fault(fmt.Sprintf("the agent's socket %s lets others in (mode %04o)", path, perm), on(remedy.CloseFile, path), chmodFix(path, 0o600))
	}
	return nil
}
