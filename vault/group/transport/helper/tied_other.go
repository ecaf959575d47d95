//go:build !linux

package helper

import "syscall"

// tied leaves it to the end of the helper's input.
func tied(syscall.Signal) *syscall.SysProcAttr { return nil }
