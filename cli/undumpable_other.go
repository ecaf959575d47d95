//go:build !linux

package cli

// Undumpable does nothing here.
func Undumpable() {}
