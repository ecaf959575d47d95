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
// terminal only, and is gone when the work is done. For people who cannot use a bar, as
// with a screen reader, it is a new line now and then.
type Progress struct {
	w     io.Writer
	clock func() time.Time
	what  string
	start time.Time
	on    bool
	lines bool // a line every so often, and no bar

	mu    sync.Mutex // guards what is below
	drawn time.Time
}

// Progress appears after a second, and moves ten times a second.
const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
	progressWidth = 30
	linesEvery    = 10 * time.Second
)

// AsLines has a progress say itself in lines.
func (p *Progress) AsLines() *Progress {
	p.lines = true
	return p
}

// StartProgress begins something long. Nothing is drawn where w is no terminal, or
// quiet is set. What takes long collects its garbage, where main lets it lie for the
// sake of a short command.
func StartProgress(w io.Writer, clock func() time.Time, what string, quiet bool) *Progress {
	debug.SetGCPercent(60)
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
	if p.lines {
		p.line(now, done, total)
		return
	}
	if now.Sub(p.start) < progressAfter || now.Sub(p.drawn) < progressEvery {
		return
	}
	p.drawn = now
	part := min(done, total) * progressWidth / total
	fmt.Fprintf(p.w, "\r%s [%s%s] %d of %d ", p.what,
		strings.Repeat("=", part), strings.Repeat(" ", progressWidth-part), done, total)
}

// line says how much is done, ten seconds after the last time.
func (p *Progress) line(now time.Time, done, total int) {
	if now.Sub(p.start) < linesEvery || now.Sub(p.drawn) < linesEvery {
		return
	}
	p.drawn = now
	fmt.Fprintf(p.w, "%s: %d of %d\n", p.what, done, total)
}

// Done takes the bar away.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.lines && !p.drawn.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
