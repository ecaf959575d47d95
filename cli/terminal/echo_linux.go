package terminal

import "golang.org/x/sys/unix"

const getTermios, setTermios, fionread = unix.TCGETS, unix.TCSETS, unix.TIOCINQ
