package liveperson

import (
	"sync"
	"time"
)

// How long a program has its turn at most, and how long another waits for it.
// After that both go on, and what the vault compares decides whose write counts.
const (
	turnMost = time.Second
	turnWait = 2 * time.Second
)

// turns let one program at a time read the settings and write them. A program in
// JavaScript that reads and writes without giving its thread away in between, as
// LivePerson's client does to update a secret, is not disturbed by another one:
// its turn begins with the reading and ends with the writing, or as soon as the
// thread does something else.
type turns struct {
	taken  chan struct{} // holds a token while it is somebody's turn
	keeper *keeper       // other processes are kept out as well, where it can do so

	most, wait time.Duration
}

func newTurns(k *keeper) *turns { return &turns{make(chan struct{}, 1), k, turnMost, turnWait} }

// A turn is one program's.
type turn struct {
	of    *turns
	mu    sync.Mutex // guards what is below
	has   bool
	limit *time.Timer
}

// begin waits for the turn. It is not an error to have it already.
func (t *turn) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.has {
		return
	}
	select {
	case t.of.taken <- struct{}{}:
	default:
		select {
		case t.of.taken <- struct{}{}:
		case <-time.After(t.of.wait):
			return
		}
	}
	t.has = true
	t.of.keeper.pin()
	t.limit = time.AfterFunc(t.of.most, t.end)
}

// is tells whether it is the program's turn.
func (t *turn) is() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.has
}

// end gives the turn to the next one.
func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.has {
		return
	}
	t.has = false
	t.limit.Stop()
	t.of.keeper.unpin()
	<-t.of.taken
}
