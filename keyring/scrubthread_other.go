//go:build !linux

package keyring

func toThisThread() (send func()) { return func() {} }

func toAllThreads() {}
