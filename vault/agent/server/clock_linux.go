package server

import "golang.org/x/sys/unix"

const sleeplessClock = unix.CLOCK_BOOTTIME // it counts while the machine sleeps
