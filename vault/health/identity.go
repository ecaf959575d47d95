package health

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// Identity looks at an identity file: who can read it, and whether it lies
// beside what it opens. usual is where one lies that nobody names, "" if that is
// nowhere. Where named, somebody relies on it: then it has to be there.
func Identity(path, vault, usual string, named bool) (found []Finding) {
	const check = "identity"
	add := func(l Level, message string, way remedy.Remedy, mend func() (string, error)) {
		found = append(found, Finding{check, l, message, way, mend})
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return nil
	case err != nil:
		add(Fault, fmt.Sprintf("the identity file %s cannot be used: %v", path, errors.Unwrap(err)), remedy.To(remedy.PutIdentityBack), nil)
		return found
	case !info.Mode().IsRegular():
		return nil // a pipe: it lies nowhere
	}
	if perm := info.Mode().Perm(); hasModes && perm&0o077 != 0 {
		add(Fault, fmt.Sprintf("the identity file %s can be reached by others (mode %04o)", path, perm), on(remedy.CloseFile, path), chmodFix(path, 0o600))
	}
	if uid, ok := ownerOf(info); ok && uid != os.Geteuid() {
		add(Fault, fmt.Sprintf("the identity file %s belongs to another user (uid %d)", path, uid), give(remedy.TakeOwnership, os.Geteuid(), path), nil)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return found
	}
	if real, err = filepath.Abs(real); err != nil {
		return found
	}
	root, inTree := gitRoot(filepath.Dir(vault))
	switch {
	case inside(real, vault):
		add(Fault, "the identity file "+real+" lies in the vault that it opens: a copy of the folder is a copy of the key", moveKey(real, vault, usual), nil)
	case inTree && inside(real, root):
		add(Fault, "the identity file "+real+" lies in the git tree of the vault that it opens", moveKey(real, root, usual), nil)
	case len(found) == 0:
		add(OK, "the identity file "+path+" is its owner's alone", remedy.Remedy{}, nil)
	}
	return found
}

// moveKey is what moves an identity file out of a folder, to where tacit looks
// for it. Another that lies there stays: it may be the only key of another vault.
func moveKey(from, folder, usual string) remedy.Remedy {
	if usual == "" || inside(usual, folder) {
		return on(remedy.MoveIdentityOut, folder)
	}
	to := unused(usual)
	action := remedy.MoveIdentity
	if to == usual {
		action = remedy.MoveIdentityHome
	}
	return remedy.To(action, remedy.Folder.Named(filepath.Dir(to)), remedy.Path.Named(from), remedy.Target.Named(to))
}
