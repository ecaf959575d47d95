package server

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// programs are the programs that may connect: those in the list and tacit
// itself, which may be two programs, or any where the list is empty.
//
// The system is asked which program a process is when it connects and at each
// request, so that a process that has become another program since has lost what
// the one before had. Only tacit itself may keep the system from telling, as it
// does once it was let in, and only as long as it has a connection open that was
// made before. What cannot be seen: that an open connection was handed to
// another process.
type programs struct {
	paths []string // those that were named
	own   []string // tacit itself

	mu    sync.Mutex // guards known
	known map[process]*program
}

// A process is told from a later one with the same number by when it began.
type process struct {
	pid   int
	began uint64
}

// A program is what a process was when the system told it last.
type program struct {
	conns map[net.Conn]struct{} // those that are open; with the last one it is forgotten
	own   bool                  // tacit itself
	name  string                // as the system calls the process
}

func newPrograms(paths, own []string) (*programs, error) {
	ps := &programs{known: map[process]*program{}}
	if !sockets.CanTellPrograms && len(paths) > 0 {
		return nil, noPrograms(runtime.GOOS)
	}
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		if fi, err := os.Stat(abs); err != nil || !fi.Mode().IsRegular() {
			return nil, &vault.SecretError{
				Code: vault.InvalidValue, Op: "agent", Path: abs, Message: "there is no such program to allow", Remedy: remedy.To(remedy.NameProgram),
			}
		}
		ps.paths = append(ps.paths, abs)
	}
	self, err := os.Executable() // by its path too: it may be upgraded meanwhile
	if err != nil && len(paths) > 0 {
		return nil, err // else there is no /proc, say
	}
	ps.own = append([]string{selfProgram, self}, own...)
	return ps, nil
}

// noPrograms is the error of a system that does not tell which program connects.
func noPrograms(goos string) error {
	return &vault.SecretError{
		Code: vault.InvalidValue, Op: "agent", Remedy: remedy.To(remedy.GrantLess),
		Message: "a grant to some programs works on Linux only: " + keyring.SystemName(goos) + " does not tell which program connects",
	}
}

// any tells whether any program may connect.
func (ps *programs) any() bool { return len(ps.paths) == 0 }

// allow tells whether a process may connect, by a connection that it has made.
// Where it may, left has to follow when that is closed.
func (ps *programs) allow(p sockets.Peer, c net.Conn) (process, bool) {
	if ps.any() {
		return process{}, true
	}
	who := process{p.PID, vault.ProcessBegan(p.PID)}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if !ps.looks(who, true) {
		return who, false
	}
	ps.known[who].conns[c] = struct{}{}
	return who, true
}

// again tells whether a process that was let in may ask.
func (ps *programs) again(who process) bool {
	if ps.any() {
		return true
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return vault.ProcessBegan(who.pid) == who.began && ps.looks(who, false)
}

// tacit tells whether a process is tacit itself, as far as the system tells. exe is its
// program when it connected, nil where that is not known.
func (ps *programs) tacit(exe os.FileInfo, who process) bool {
	if ps.any() {
		return exe != nil && liesAt(exe, ps.own)
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	was := ps.known[who]
	return was != nil && was.own
}

// looks asks the system which program a process is now, and notes it. The caller
// holds mu.
func (ps *programs) looks(who process, isNew bool) bool {
	if who.began == 0 {
		return false // it has ended
	}
	was := ps.known[who]
	exe, err := statProgram(who.pid)
	if err != nil {
		return was != nil && was.own && hides(err) && was.holds() && processName(who.pid) == was.name
	}
	own := liesAt(exe, ps.own)
	if !own && !liesAt(exe, ps.paths) {
		if was != nil {
			was.own = false // its connections are closed as they ask
		}
		return false
	}
	if was == nil {
		if !isNew {
			return false
		}
		was = &program{conns: map[net.Conn]struct{}{}}
		ps.known[who] = was
	}
	was.own, was.name = own, processName(who.pid)
	return true
}

// keeps tells whether a connection is to stay open while nothing is asked: a
// tacit that hides itself could not make another.
func (ps *programs) keeps(who process) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	was := ps.known[who]
	return was != nil && was.own
}

// holds tells whether a connection of the program's is open on its side, too: this
// side may not have noticed yet that the last one was closed, by an exec say.
func (p *program) holds() bool {
	for c := range p.conns {
		if u, ok := c.(*net.UnixConn); ok && !sockets.Parted(u) {
			return true
		}
	}
	return false
}

// left notes that a connection was closed.
func (ps *programs) left(who process, c net.Conn) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	was := ps.known[who]
	if was == nil {
		return
	}
	if delete(was.conns, c); len(was.conns) == 0 {
		delete(ps.known, who)
	}
}

// liesAt compares files, not names: what is there now under each path.
func liesAt(exe os.FileInfo, paths []string) bool {
	for _, path := range paths {
		if fi, err := os.Stat(path); err == nil && os.SameFile(fi, exe) {
			return true
		}
	}
	return false
}
