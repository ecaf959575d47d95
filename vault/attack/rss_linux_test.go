package attack

import (
	"os"
	"syscall"
)

// maxRSS is the most memory that a process that has ended had, in bytes. Until it
// runs its own program a child is charged with its parent's pages: what is not
// more than this process ever had (the race detector makes it large) tells
// nothing, and counts as 0.
func maxRSS(p *os.ProcessState) int64 {
	var own syscall.Rusage
	u, ok := p.SysUsage().(*syscall.Rusage)
	if !ok || syscall.Getrusage(syscall.RUSAGE_SELF, &own) != nil || u.Maxrss <= own.Maxrss {
		return 0
	}
	return int64(u.Maxrss) << 10
}
