//go:build unix && !linux

package ui

import "os"

// stopped is not known here.
func stopped(*os.Process) bool { return false }
