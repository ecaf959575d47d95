package cli

import (
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// progress is a bar on Err for what takes longer than a second. It appears on a
// terminal only, and is gone when the work is done.
type progress struct {
	s     *session
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

// progress begins something long. What takes long collects its garbage, where
// main lets it lie for the sake of a short command.
func (s *session) progress(what string) *progress {
	debug.SetGCPercent(100)
	return &progress{s: s, what: what, start: s.Now(), on: !s.json && isTerminal(s.Err)}
}

// update is told how much is done. It may be called from several goroutines.
func (p *progress) update(done, total int) {
	if !p.on || total <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.s.Now()
	if now.Sub(p.start) < progressAfter || now.Sub(p.drawn) < progressEvery {
		return
	}
	p.drawn = now
	part := min(done, total) * progressWidth / total
	fmt.Fprintf(p.s.Err, "\r%s [%s%s] %d of %d ", p.what,
		strings.Repeat("=", part), strings.Repeat(" ", progressWidth-part), done, total)
}

// done takes the bar away.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.drawn.IsZero() {
		fmt.Fprint(p.s.Err, "\r\x1b[K")
	}
}
