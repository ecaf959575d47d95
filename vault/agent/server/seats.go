package server

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// Close gives the seat back.
func (g *guest) Close() error {
	g.once.Do(func() {
		g.seats.leave(g)
		g.gone()
	})
	return g.Conn.Close()
}

func (g *guest) gone() {
	if g.left != nil {
		g.left()
	}
}

// Write notes for how long the other side does not take its answer.
func (g *guest) Write(b []byte) (int, error) {
	g.stalls(true)
	defer g.stalls(false)
	n, err := g.Conn.Write(b)
	g.mu.Lock()
	g.sent += n
	g.mu.Unlock()
	return n, err
}

// SetReadDeadline sets no limit to the silence of who keeps its seat.
func (g *guest) SetReadDeadline(t time.Time) error {
	if g.keeps && t.After(time.Now()) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.idle.IsZero() {
			t = time.Time{}
		}
	}
	return g.Conn.SetReadDeadline(t)
}

// stalls notes that the other side begins, or ends, to keep this one waiting.
func (g *guest) stalls(on bool) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.stall.IsZero() {
		g.slow += now.Sub(g.stall)
	}
	g.stall = time.Time{}
	if on {
		g.stall = now
	}
}

// slowRate is how many bytes a second of an answer are taken by who is not slow.
const slowRate = 256 << 10

// kept is how long a guest has kept this side waiting in the present request,
// and since its last sign of life; zero where it does not now, or takes its answer
// fast enough.
func (g *guest) kept() (all, now time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stall.IsZero() {
		return 0, 0
	}
	now = time.Since(g.stall)
	if all = g.slow + now; now < patience && float64(g.sent) > slowRate*all.Seconds() {
		return 0, now
	}
	return all, now
}

// seats are the connections that are served at a time through a door.
type seats struct {
	free    chan struct{}
	backlog int32
	waiting atomic.Int32 // connections that wait for a seat
	turns   atomic.Int32 // requests that wait for their turn to hold much

	mu     sync.Mutex // guards taken
	taken  map[*guest]struct{}
	clears atomic.Bool // someone is clearing away who sits and asks nothing
}

func newSeats(n, backlog int) *seats {
	s := &seats{free: make(chan struct{}, n), backlog: int32(backlog), taken: map[*guest]struct{}{}}
	for range n {
		s.free <- struct{}{}
	}
	return s
}

// take finds a seat for a guest, now or when one is free, and calls seated. It
// is false where too many wait already.
func (s *seats) take(g *guest, shut <-chan struct{}, seated func(*guest)) bool {
	select {
	case <-s.free:
		s.sit(g)
		go seated(g) // the HTTP server may be busy
		return true
	default:
	}
	if s.waiting.Add(1) > s.backlog {
		s.waiting.Add(-1)
		return false
	}
	go func() {
		defer s.waiting.Add(-1)
		select {
		case <-s.free:
			s.sit(g)
			seated(g)
		case <-shut:
			g.once.Do(g.gone) // it never had a seat
			g.Conn.Close()
		}
	}()
	s.hurry(shut)
	return true
}

// hurry has those cleared away who keep others waiting, as long as others wait.
func (s *seats) hurry(shut <-chan struct{}) {
	if s.clears.CompareAndSwap(false, true) {
		go s.clear(shut)
	}
}

// turn waits for a token; it is false where ctx ended first. Who holds one and
// is slow has to go.
func (s *seats) turn(ctx context.Context, tokens chan struct{}, shut <-chan struct{}) bool {
	select {
	case tokens <- struct{}{}:
		return true
	default:
	}
	s.turns.Add(1)
	defer s.turns.Add(-1)
	s.hurry(shut)
	select {
	case tokens <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *seats) sit(g *guest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken[g] = struct{}{}
}

func (s *seats) leave(g *guest) {
	s.mu.Lock()
	delete(s.taken, g)
	s.mu.Unlock()
	s.free <- struct{}{}
}

// patience is how long a connection may keep others waiting: with a body that
// does not come, an answer that is not read, or nothing that is asked.
const patience = time.Second

// clear closes connections that keep others waiting, the slow ones first.
func (s *seats) clear(shut <-chan struct{}) {
	defer func() {
		s.clears.Store(false)
		if s.waiting.Load() > 0 || s.turns.Load() > 0 { // who came just now
			select {
			case <-shut:
			default:
				s.hurry(shut)
			}
		}
	}()
	for s.waiting.Load() > 0 || s.turns.Load() > 0 {
		select {
		case <-time.After(patience / 4):
		case <-shut:
			return
		}
		waiting := int(s.waiting.Load())
		slow := s.slowest(patience, waiting+int(s.turns.Load()))
		for _, g := range slow {
			g.Close()
		}
		for _, g := range s.idle(patience, waiting-len(slow)) {
			if !g.keeps {
				g.dismiss(patience)
			}
		}
	}
}

// slowest are at most n guests that have kept this side waiting for so long, the
// worst first.
func (s *seats) slowest(long time.Duration, n int) (slow []*guest) {
	kept := map[*guest]time.Duration{}
	s.mu.Lock()
	for g := range s.taken {
		if all, _ := g.kept(); all >= long {
			slow, kept[g] = append(slow, g), all
		}
	}
	s.mu.Unlock()
	slices.SortFunc(slow, func(a, b *guest) int { return cmp.Compare(kept[b], kept[a]) })
	return slow[:min(n, len(slow))]
}

// stalled closes guests that have not moved for so long.
func (s *seats) stalled(long time.Duration) {
	var still []*guest
	s.mu.Lock()
	for g := range s.taken {
		if _, now := g.kept(); now >= long {
			still = append(still, g)
		}
	}
	s.mu.Unlock()
	for _, g := range still {
		g.Close()
	}
}

// idle are at most n connections that have asked nothing for so long.
func (s *seats) idle(long time.Duration, n int) (idle []*guest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for g := range s.taken {
		if len(idle) < n && g.silent(long) {
			idle = append(idle, g)
		}
	}
	return idle
}

// silent tells whether a guest has asked nothing for so long.
func (g *guest) silent(long time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.idle.IsZero() && time.Since(g.idle) >= long
}

// dismiss ends the wait for a guest's next request, unless it is there already.
// The connection is not closed under the HTTP server's hands: what that has read
// it answers, and of what it has not read the guest learns that nobody did.
func (g *guest) dismiss(long time.Duration) {
	if c, ok := g.Conn.(*net.UnixConn); ok && sockets.Waits(c) {
		return // it has asked; the HTTP server did not get to it yet
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.idle.IsZero() && time.Since(g.idle) >= long {
		g.Conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// noteState keeps count of who asks nothing.
func noteState(c net.Conn, state http.ConnState) {
	g, ok := c.(*guest)
	if !ok {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch state {
	case http.StateNew, http.StateIdle:
		g.idle = time.Now()
		g.stall, g.slow, g.sent = time.Time{}, 0, 0
	case http.StateActive:
		g.idle = time.Time{}
		g.Conn.SetReadDeadline(time.Time{}) // it was dismissed a moment too late
	}
}

type guestKey struct{}

// withGuest makes the guest known to the handlers.
func withGuest(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, guestKey{}, c)
}
