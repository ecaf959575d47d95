package main

import (
	"os"
	"syscall"
)

// ending are the signals that end this process, after it has left the screen.
var ending = []os.Signal{syscall.SIGTERM}

// harden has nothing to do.
func harden() {}

// inForeground is always so here.
func inForeground(*os.File) bool { return true }
