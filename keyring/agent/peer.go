package agent

// A peer is the process on the other end, as the system knows it: not by what it
// says of itself.
type peer struct {
	uid int
	pid int    // 0 where the platform does not tell
	exe string // its program, "" where that is not known
}
