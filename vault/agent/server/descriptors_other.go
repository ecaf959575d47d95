//go:build !linux && !darwin && !freebsd

package server

func openFiles() uint64 { return 256 }
