package main

import (
	"os"
	"sync"

	"golang.org/x/term"

	"github.com/tacit-vault/tacit/cli/ui/screen"
)

// Whose the terminal is.
type owner int

const (
	ours   owner = iota // frames are on it
	theirs              // tacit shows or asks something
	nobody              // tacit has left its page, or a shell has it; no frame was drawn since
)

// A gate is the terminal, until it is left for good. What comes then is drawn no more.
//
// Where tacit itself is ended, a shell goes on at once, and writes where a frame still is:
// it is taken away at once, and not in the library's own time.
type gate struct {
	*os.File
	keys   *os.File
	before *term.State

	mu     sync.Mutex // guards what is below
	owner  owner
	shut   bool
	writes int // how many there were
}

// Write implements io.Writer.
func (g *gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return len(b), nil
	}
	if g.owner == nobody {
		g.owner = ours
	}
	g.writes++
	return g.File.Write(b)
}

// written is how many writes there were.
func (g *gate) written() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.writes
}

// WriteString implements io.StringWriter.
func (g *gate) WriteString(s string) (int, error) { return g.Write([]byte(s)) }

// give says whose the terminal is.
func (g *gate) give(to owner) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.owner = to
}

// leave takes away what is on the terminal, gives it back as it was, and ends this
// process. Where somebody else has the terminal by then, its modes are theirs.
func (g *gate) leave() {
	g.mu.Lock() // for good
	if g.shut = true; g.owner != nobody {
		rows := screen.LeastRows
		if _, n, err := term.GetSize(int(g.Fd())); err == nil {
			rows = n
		}
		_, _ = g.File.WriteString(screen.TakenAway(rows))
	}
	if inForeground(g.keys) {
		_ = term.Restore(int(g.keys.Fd()), g.before)
	}
	os.Exit(0)
}
