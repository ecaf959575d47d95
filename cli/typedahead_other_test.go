//go:build !linux

package cli

import (
	"github.com/tacit-vault/tacit/cli/terminal"
)

func typedAhead(open func() (*terminal.TTY, error)) func() (*terminal.TTY, error) { return open }
