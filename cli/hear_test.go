package cli

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// hearMain prints the signals that it gets, one a line, until it is told to end.
// It cannot tell of those that Go keeps for itself.
func hearMain() int {
	const last, urg = 64, 23 // Go wakes its threads with the second
	heard := make(chan os.Signal, last)
	for sig := syscall.Signal(1); sig <= last; sig++ {
		if sig != urg {
			signal.Notify(heard, sig)
		}
	}
	fmt.Println("ready", os.Getpid())
	for sig := range heard {
		n, _ := sig.(syscall.Signal)
		fmt.Println(int(n))
		if n == syscall.SIGTERM {
			return 7
		}
	}
	return 1
}
