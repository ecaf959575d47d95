//go:build !linux && !darwin && !freebsd

package agent

func openFiles() uint64 { return 256 }
