package health

import (
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Git looks whether git would take the vault up: it cannot keep the folder's
// mode, and keeps its history for good.
func Git(dir string) []Finding {
	const check = "git"
	root, ok := gitRoot(filepath.Dir(dir))
	if !ok {
		return nil
	}
	if vault.Ignored(dir) {
		return []Finding{{check, OK, "git leaves the vault alone", remedy.Remedy{}, nil}}
	}
	level := Advice
	if _, ok := vault.OfDotName(filepath.Base(dir)); ok {
		level = Fault
	}
	message := "the vault lies in the git tree " + root + ", and git would add it"
	path := filepath.Join(dir, ".gitignore")
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() { // somebody's: not for --fix to remove
		return []Finding{{check, level, message + ": its .gitignore is " + kindOf(info.Mode()), takeAway(dir, path, info).AndThen(fix()), nil}}
	}
	return []Finding{{check, level, message, fix(), func() (string, error) { return "wrote " + path, vault.Ignore(dir) }}}
}

// gitRoot is the git tree that dir lies in.
func gitRoot(dir string) (root string, ok bool) {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}
