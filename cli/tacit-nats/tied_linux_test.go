package main

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// startTied starts a process in a group of its own, which ends with this one, however
// that ends.
func startTied(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	parent() <- func() { started <- cmd.Start() }
	return <-started
}

// endTied ends a process, and those that it has started.
func endTied(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// parent is a thread that stays: a process ends with the thread that has started it.
var parent = sync.OnceValue(func() chan<- func() {
	todo := make(chan func())
	go func() {
		runtime.LockOSThread()
		for do := range todo {
			do()
		}
	}()
	return todo
})
