//go:build unix && !linux

package system

import "golang.org/x/sys/unix"

func Dup2(from, to int) error { return unix.Dup2(from, to) }
