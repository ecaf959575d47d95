package helper

import "syscall"

// tied has the system send a signal to a helper with the end of the thread that started it.
func tied(farewell syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: farewell}
}
