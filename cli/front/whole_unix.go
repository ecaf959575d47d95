//go:build unix

package front

import (
	"os"
	"syscall"
)

// execute puts the program in place of this one.
func execute(path string) error { return syscall.Exec(path, os.Args, os.Environ()) }
