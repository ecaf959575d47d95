//go:build !linux

package cli

func typedAhead(open func() (*TTY, error)) func() (*TTY, error) { return open }
