package system

import (
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// Detached is how a process is started that goes on when the console closes.
func Detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW}
}

func Detach(bool) error { return sockets.ErrNoAgents }
