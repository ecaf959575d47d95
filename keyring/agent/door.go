package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A door is a socket that the server listens on. It lets in whom the system
// vouches for, and no more at a time than there are seats.
type door struct {
	s     *server
	l     net.Listener
	scope *scope
	guest chan *guest
	shut  chan struct{}
	once  sync.Once

	leaving atomic.Int32 // those that are being turned away
}

// A guest is a connection that has a seat.
type guest struct {
	net.Conn
	peer  peer
	scope *scope
	seats *seats
	once  sync.Once

	mu   sync.Mutex // guards idle, and the deadline of what is read while it is set
	idle time.Time  // since when nothing was asked; zero: busy
}

func newDoor(s *server, l net.Listener, sc *scope) *door {
	return &door{s: s, l: l, scope: sc, guest: make(chan *guest), shut: make(chan struct{})}
}

// Accept gives the HTTP server the next guest.
func (d *door) Accept() (net.Conn, error) {
	select {
	case g := <-d.guest:
		return g, nil
	case <-d.shut:
		return nil, net.ErrClosed
	}
}

func (d *door) Addr() net.Addr { return d.l.Addr() }

// Close closes the socket, and turns away who waits for a seat.
func (d *door) Close() (err error) {
	d.once.Do(func() {
		close(d.shut)
		err = d.l.Close()
	})
	return err
}

// run accepts until the door is closed.
func (d *door) run() {
	for pause := time.Millisecond; ; {
		c, err := d.l.Accept()
		if err == nil {
			pause = time.Millisecond
			d.receive(c)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		// Out of descriptors, say: those in use go first.
		d.s.log.Warn("accept", "error", err.Error())
		select {
		case <-time.After(pause):
			pause = min(2*pause, time.Second)
		case <-d.shut:
			return
		}
	}
}

// receive asks who it is, and finds a seat.
func (d *door) receive(c net.Conn) {
	p, err := d.s.admit(c)
	if err != nil {
		d.s.log.Warn("refused", "pid", p.pid, "uid", p.uid, "exe", p.exe, "error", err.Error())
		d.turnAway(c, http.StatusForbidden, err)
		return
	}
	g := &guest{Conn: c, peer: p, scope: d.scope, seats: d.s.seats}
	if !d.s.seats.take(g, d.shut, d.seated) {
		d.s.log.Warn("refused", "pid", p.pid, "error", "too many connections")
		d.turnAway(c, http.StatusServiceUnavailable, busy("agent", "too many programs are using the agent", "try again"))
	}
}

// seated hands a guest to the HTTP server.
func (d *door) seated(g *guest) {
	select {
	case d.guest <- g:
	case <-d.shut:
		g.Close()
	}
}

// maxLeaving is how many are told at a time why they are turned away.
const maxLeaving = 64

// turnAway answers without a look at what is asked. It waits a moment for the
// other side to have asked it: who writes into a closed socket does not read the
// answer.
func (d *door) turnAway(c net.Conn, status int, err error) {
	if d.leaving.Add(1) > maxLeaving {
		d.leaving.Add(-1)
		c.Close()
		return
	}
	go func() {
		defer d.leaving.Add(-1)
		defer c.Close()
		body := errorJSON("agent", err)
		c.SetDeadline(time.Now().Add(time.Second / 4))
		fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
			status, http.StatusText(status), len(body), body)
		if half, ok := c.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		}
		io.CopyN(io.Discard, c, 64<<10)
	}()
}

// Close gives the seat back.
func (g *guest) Close() error {
	g.once.Do(func() { g.seats.leave(g) })
	return g.Conn.Close()
}

// seats are the connections that are served at a time, over all doors.
type seats struct {
	free    chan struct{}
	backlog int32
	waiting atomic.Int32

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
			g.once.Do(func() {}) // it never had a seat
			g.Conn.Close()
		}
	}()
	if s.clears.CompareAndSwap(false, true) {
		go s.clear(shut)
	}
	return true
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

// patience is how long a connection may ask nothing while others wait.
const patience = time.Second

// clear closes connections that ask nothing, as long as others wait.
func (s *seats) clear(shut <-chan struct{}) {
	defer s.clears.Store(false)
	for s.waiting.Load() > 0 {
		select {
		case <-time.After(patience / 4):
		case <-shut:
			return
		}
		for _, g := range s.idle(patience, int(s.waiting.Load())) {
			g.dismiss(patience)
		}
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
	if c, ok := g.Conn.(*net.UnixConn); ok && waits(c) {
		return // it has asked; the HTTP server did not get to it yet
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.idle.IsZero() && time.Since(g.idle) >= long {
		g.SetReadDeadline(time.Unix(1, 0))
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
	case http.StateActive:
		g.idle = time.Time{}
		g.SetReadDeadline(time.Time{}) // it was dismissed a moment too late
	}
}

type guestKey struct{}

// withGuest makes the guest known to the handlers.
func withGuest(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, guestKey{}, c)
}
