//go:build unix

package ui

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/terminal"
)

// hangups are the signals of a terminal that is gone.
var hangups = []os.Signal{unix.SIGHUP, unix.SIGQUIT}

// stop keeps a process from doing anything.
func stop(p *os.Process) { _ = p.Signal(unix.SIGSTOP) }

// resume lets it go on.
func resume(p *os.Process) { _ = p.Signal(unix.SIGCONT) }

// suspend stops this process and those beside it, as ^Z does, until somebody lets them
// go on.
func suspend() { terminal.SuspendAll() }
