package front

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// Core is the name of the whole program, in the folder of this one.
const Core = "tacit-core"

// Whole executes the whole program with the arguments of this process. It comes back
// only with an error.
func Whole() error {
	path, err := corePath()
	if err != nil {
		return err
	}
	err = execute(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return failure.Fault(vault.Internal, "%s is the small program, and the whole one cannot be started: %v", os.Args[0], err).
			Hinted("install both side by side: this one as tacit, the whole one as %s", path)
	}
	return fmt.Errorf("starting %s: %w", path, err)
}

// corePath is beside this program, whatever links lead to it.
func corePath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("looking for %s: %w", Core, err)
	}
	if real, err := filepath.EvalSymlinks(self); err == nil {
		self = real
	}
	name := Core
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(filepath.Dir(self), name), nil
}
