package health

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/shell"
)

// Identity looks at an identity file: who can read it, and whether it lies
// beside what it opens. usual is where one lies that nobody names, "" if that is
// nowhere. Where named, somebody relies on it: then it has to be there.
func Identity(path, vault, usual string, named bool) (found []Finding) {
	const check = "identity"
	add := func(l Level, message, remedy string, fix func() (string, error)) {
		found = append(found, Finding{check, l, message, remedy, fix})
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return nil
	case err != nil:
		add(Fault, fmt.Sprintf("the identity file %s cannot be used: %v", path, errors.Unwrap(err)), "put it back, or name another with --identity FILE or TACIT_IDENTITY", nil)
		return found
	case !info.Mode().IsRegular():
		return nil // a pipe: it lies nowhere
	}
	if perm := info.Mode().Perm(); hasModes && perm&0o077 != 0 {
		add(Fault, fmt.Sprintf("the identity file %s can be reached by others (mode %04o)", path, perm), "chmod 600 "+shell.QuotePath(path), chmodFix(path, 0o600))
	}
	if uid, ok := ownerOf(info); ok && uid != os.Geteuid() {
		add(Fault, fmt.Sprintf("the identity file %s belongs to another user (uid %d)", path, uid), fmt.Sprintf("sudo chown %d %s", os.Geteuid(), shell.QuotePath(path)), nil)
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
		add(OK, "the identity file "+path+" is its owner's alone", "", nil)
	}
	return found
}

// moveKey is what moves an identity file out of a folder, to where tacit looks
// for it. Another that lies there stays: it may be the only key of another vault.
func moveKey(from, folder, usual string) string {
	if usual == "" || inside(usual, folder) {
		return "move it out of " + shell.QuotePath(folder) + ", and name it with --identity FILE or TACIT_IDENTITY"
	}
	to := unused(usual)
	move := "mkdir -p " + shell.QuotePath(filepath.Dir(to)) + " && mv " + shell.QuotePath(from) + " " + shell.QuotePath(to)
	if to == usual {
		return move + ", where tacit finds it; a TACIT_IDENTITY that names the old place: unset TACIT_IDENTITY"
	}
	return move + ", and name it with --identity " + shell.QuotePath(to) + ", or: export TACIT_IDENTITY=" + shell.QuotePath(to)
}
