package system

import "golang.org/x/sys/unix"

// Undumpable keeps other processes of the same user from reading this one's
// memory, by a core dump, a debugger or /proc. It comes before a key is loaded,
// and not when the program starts: an agent asks the system which program wants
// something of it, and the system does not say so of such a process. A child
// that is executed is a process like any other again.
func Undumpable() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
