package terminal

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Progress is a bar on Err for what takes longer than a second. It appears on a
// terminal only, and is gone when the work is done.
type Progress struct {
	w     io.Writer
	clock func() time.Time
	what  string
	start time.Time
	on    bool

	mu    sync.Mutex // guards what is below
	drawn time.Time
}

// Progress appears after a second, and moves ten times a second.
const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
	progressWidth = 30
)

// StartProgress begins something long. Nothing is drawn where w is no terminal, or
// quiet is set. What takes long collects its garbage, where main lets it lie for the
// sake of a short command.
func StartProgress(w io.Writer, clock func() time.Time, what string, quiet bool) *Progress {
	debug.SetGCPercent(100)
	return &Progress{w: w, clock: clock, what: what, start: clock(), on: !quiet && IsTerminal(w)}
}

// Update is told how much is done. It may be called from several goroutines.
func (p *Progress) Update(done, total int) {
	if !p.on || total <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	if now.Sub(p.start) < progressAfter || now.Sub(p.drawn) < progressEvery {
		return
	}
	p.drawn = now
	part := min(done, total) * progressWidth / total
	fmt.Fprintf(p.w, "\r%s [%s%s] %d of %d ", p.what,
		strings.Repeat("=", part), strings.Repeat(" ", progressWidth-part), done, total)
}

// Done takes the bar away.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.drawn.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
