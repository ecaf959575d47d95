package cli

import (
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/tacit-vault/tacit/vault/agent"
)

// detached is how a process is started that goes on when the console closes.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW}
}

func detach(bool) error { return agent.ErrNoAgents }
