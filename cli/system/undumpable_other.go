//go:build !linux

package system

// Undumpable does nothing here.
func Undumpable() {}
