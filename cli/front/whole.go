package front

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
)

// Core is the name of the whole program, in the folder of this one.
const Core = system.Core

// Whole executes the whole program with the arguments of this process. It comes back
// only with an error.
func Whole() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("looking for %s: %w", Core, err)
	}
	path, err := corePath(self)
	if err != nil {
		return err
	}
	return noWhole(path, execute(path))
}

// noWhole explains why the whole program did not start.
func noWhole(path string, err error) error {
	return failure.Fault(vault.Internal, "%s is the small program, and the whole one cannot be started: %v", os.Args[0], err).
		Hinted("install both side by side: this one as tacit, the whole one as %s", path)
}

// corePath is beside this program, whatever links lead to it. It is an error where that
// is this program again.
func corePath(self string) (string, error) {
	if real, err := filepath.EvalSymlinks(self); err == nil {
		self = real
	}
	name := Core
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(filepath.Dir(self), name)
	this, err := os.Stat(self)
	if err != nil {
		return path, nil
	}
	if that, err := os.Stat(path); err == nil && os.SameFile(this, that) {
		return "", noWhole(path, errors.New("what lies there is the small one again"))
	}
	return path, nil
}
