package health

import (
	"os"
	"path/filepath"
	"strings"
)

// Git looks whether git would take the vault up: it cannot keep the folder's
// mode, and keeps its history for good.
func Git(dir string) []Finding {
	const check = "git"
	root, ok := gitRoot(filepath.Dir(dir))
	if !ok {
		return nil
	}
	path := filepath.Join(dir, ".gitignore")
	b, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(b)) == "*" {
		return []Finding{{check, OK, "git leaves the vault alone", "", nil}}
	}
	level := Advice
	if filepath.Base(dir) == ".tacit" {
		level = Fault
	}
	return []Finding{{
		check, level, "the vault lies in the git tree " + root + ", and git would take it up",
		"echo '*' > " + quote(path), func() (string, error) {
			return "wrote " + path, os.WriteFile(path, []byte("*\n"), 0o600)
		},
	}}
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
