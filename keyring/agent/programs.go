package agent

import (
	"os"
	"path/filepath"
	"sync"
)

// programs are the programs that may connect: those in the list and tacit
// itself, or any where the list is empty.
type programs struct {
	paths []string

	mu    sync.Mutex // guards known
	known map[process]struct{}
}

// A process is told from a later one with the same number by when it began.
type process struct {
	pid   int
	began uint64
}

// maxKnown is how many processes are remembered as let in.
const maxKnown = 1024

func newPrograms(paths []string) (*programs, error) {
	ps := &programs{known: map[process]struct{}{}}
	if len(paths) == 0 {
		return ps, nil
	}
	if !canTellPrograms {
		return nil, invalid("agent", "", "this platform does not tell which program connects")
	}
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		if fi, err := os.Stat(abs); err != nil || !fi.Mode().IsRegular() {
			return nil, invalid("agent", "", "--allow-exec "+abs+": there is no such program")
		}
		ps.paths = append(ps.paths, abs)
	}
	self, err := os.Executable() // by its path too: it may be upgraded meanwhile
	if err != nil {
		return nil, err
	}
	ps.paths = append(ps.paths, self)
	return ps, nil
}

// allow tells whether a process may connect. A process that was let in and has
// since kept others from looking at it, as tacit does, may connect again.
func (ps *programs) allow(p peer) bool {
	if len(ps.paths) == 0 {
		return true
	}
	who := process{p.pid, beganAt(p.pid)}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	exe, err := statProgram(p)
	if err != nil {
		_, ok := ps.known[who]
		return ok && hides(err)
	}
	if !ps.listed(exe) {
		delete(ps.known, who)
		return false
	}
	if len(ps.known) >= maxKnown {
		clear(ps.known)
	}
	ps.known[who] = struct{}{}
	return true
}

// listed compares files, not names: what is there now under each path.
func (ps *programs) listed(exe os.FileInfo) bool {
	if self, err := os.Stat(selfProgram); err == nil && os.SameFile(self, exe) {
		return true
	}
	for _, path := range ps.paths {
		if fi, err := os.Stat(path); err == nil && os.SameFile(fi, exe) {
			return true
		}
	}
	return false
}
