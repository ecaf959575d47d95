package ui

import "os"

// hangups are none here.
var hangups []os.Signal

// stopped is not known here.
func stopped(*os.Process) bool { return false }

// stop does nothing: the other only waits.
func stop(*os.Process) {}

// resume does nothing.
func resume(*os.Process) {}

// suspend does nothing: no shell takes a program back.
func suspend() {}
