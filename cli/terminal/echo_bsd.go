//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package terminal

import "golang.org/x/sys/unix"

// FIONREAD, which golang.org/x/sys/unix does not name: _IOR('f', 127, int).
const getTermios, setTermios, fionread = unix.TIOCGETA, unix.TIOCSETA, 0x4004667f
