package server

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// Close gives the place back.
func (conn *connection) Close() error {
	conn.once.Do(func() {
		conn.pool.leave(conn)
		conn.gone()
	})
	return conn.Conn.Close()
}

func (conn *connection) gone() {
	if conn.left != nil {
		conn.left()
	}
}

// Write notes for how long the other side does not take its answer.
func (conn *connection) Write(b []byte) (int, error) {
	conn.stalls(true)
	defer conn.stalls(false)
	n, err := conn.Conn.Write(b)
	conn.mu.Lock()
	conn.sent += n
	conn.mu.Unlock()
	return n, err
}

// SetReadDeadline sets no limit to the silence of who keeps its place.
func (conn *connection) SetReadDeadline(t time.Time) error {
	if conn.keeps.Load() && t.After(time.Now()) {
		conn.mu.Lock()
		defer conn.mu.Unlock()
		if !conn.idle.IsZero() {
			t = time.Time{}
		}
	}
	return conn.Conn.SetReadDeadline(t)
}

// stalls notes that the other side begins, or ends, to keep this one waiting.
func (conn *connection) stalls(on bool) {
	now := time.Now()
	conn.mu.Lock()
	defer conn.mu.Unlock()
	if !conn.stall.IsZero() {
		conn.slow += now.Sub(conn.stall)
	}
	conn.stall = time.Time{}
	if on {
		conn.stall = now
	}
}

// slowRate is how many bytes a second of an answer are taken by who is not slow.
const slowRate = 256 << 10

// kept is how long a connection has kept this side waiting in the present request,
// and since its last sign of life; zero where it does not now, or takes its answer
// fast enough.
func (conn *connection) kept() (all, now time.Duration) {
	conn.mu.Lock()
	defer conn.mu.Unlock()
	if conn.stall.IsZero() {
		return 0, 0
	}
	now = time.Since(conn.stall)
	if all = conn.slow + now; now < patience && float64(conn.sent) > slowRate*all.Seconds() {
		return 0, now
	}
	return all, now
}

// A pool is the connections that are served at a time through a listener.
//
// No library serves: netutil.LimitListener and rate count all clients as one, and a
// client that floods the socket would take everybody's places.
type pool struct {
	free    chan struct{}
	backlog int32
	waiting atomic.Int32 // connections that wait for a place
	turns   atomic.Int32 // requests that wait for their turn to hold much

	mu     sync.Mutex // guards taken
	taken  map[*connection]struct{}
	clears atomic.Bool // someone is clearing away who sits and asks nothing
}

func newPool(n, backlog int) *pool {
	p := &pool{free: make(chan struct{}, n), backlog: int32(backlog), taken: map[*connection]struct{}{}}
	for range n {
		p.free <- struct{}{}
	}
	return p
}

// take finds a place for a connection, now or when one is free, and calls hand. It
// is false where too many wait already.
func (p *pool) take(conn *connection, shut <-chan struct{}, hand func(*connection)) bool {
	select {
	case <-p.free:
		p.add(conn)
		go hand(conn) // the HTTP server may be busy
		return true
	default:
	}
	if p.waiting.Add(1) > p.backlog {
		p.waiting.Add(-1)
		return false
	}
	go func() {
		defer p.waiting.Add(-1)
		select {
		case <-p.free:
			p.add(conn)
			hand(conn)
		case <-shut:
			conn.once.Do(conn.gone) // it never had a place
			conn.Conn.Close()
		}
	}()
	p.hurry(shut)
	return true
}

// hurry has those cleared away who keep others waiting, as long as others wait.
func (p *pool) hurry(shut <-chan struct{}) {
	if p.clears.CompareAndSwap(false, true) {
		go p.clear(shut)
	}
}

// turn waits for a token; it is false where ctx ended first. Who holds one and
// is slow has to go.
func (p *pool) turn(ctx context.Context, tokens chan struct{}, shut <-chan struct{}) bool {
	select {
	case tokens <- struct{}{}:
		return true
	default:
	}
	p.turns.Add(1)
	defer p.turns.Add(-1)
	p.hurry(shut)
	select {
	case tokens <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *pool) add(conn *connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken[conn] = struct{}{}
}

func (p *pool) leave(conn *connection) {
	p.mu.Lock()
	delete(p.taken, conn)
	p.mu.Unlock()
	p.free <- struct{}{}
}

// patience is how long a connection may keep others waiting: with a body that
// does not come, an answer that is not read, or nothing that is asked.
const patience = time.Second

// clear closes connections that keep others waiting, the slow ones first.
func (p *pool) clear(shut <-chan struct{}) {
	defer func() {
		p.clears.Store(false)
		if p.waiting.Load() > 0 || p.turns.Load() > 0 { // who came just now
			select {
			case <-shut:
			default:
				p.hurry(shut)
			}
		}
	}()
	for p.waiting.Load() > 0 || p.turns.Load() > 0 {
		select {
		case <-time.After(patience / 4):
		case <-shut:
			return
		}
		waiting := int(p.waiting.Load())
		slow := p.slowest(patience, waiting+int(p.turns.Load()))
		for _, conn := range slow {
			conn.Close()
		}
		for _, conn := range p.idle(patience, waiting-len(slow)) {
			if !conn.keeps.Load() {
				conn.dismiss(patience)
			}
		}
	}
}

// exeOf is the program of a process that hides itself by now, as it was known when a
// connection was made that the process has open still; nil where there is none.
func (p *pool) exeOf(pid int) os.FileInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.taken {
		if c, ok := conn.Conn.(*net.UnixConn); ok && conn.exe != nil && conn.peer.PID == pid && !sockets.Parted(c) {
			return conn.exe
		}
	}
	return nil
}

// slowest are at most n connections that have kept this side waiting for so long, the
// worst first.
func (p *pool) slowest(long time.Duration, n int) (slow []*connection) {
	kept := map[*connection]time.Duration{}
	p.mu.Lock()
	for conn := range p.taken {
		if all, _ := conn.kept(); all >= long {
			slow, kept[conn] = append(slow, conn), all
		}
	}
	p.mu.Unlock()
	slices.SortFunc(slow, func(a, b *connection) int { return cmp.Compare(kept[b], kept[a]) })
	return slow[:min(n, len(slow))]
}

// stalled closes connections that have not moved for so long.
func (p *pool) stalled(long time.Duration) {
	var still []*connection
	p.mu.Lock()
	for conn := range p.taken {
		if _, now := conn.kept(); now >= long {
			still = append(still, conn)
		}
	}
	p.mu.Unlock()
	for _, conn := range still {
		conn.Close()
	}
}

// idle are at most n connections that have asked nothing for so long.
func (p *pool) idle(long time.Duration, n int) (idle []*connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.taken {
		if len(idle) < n && conn.silent(long) {
			idle = append(idle, conn)
		}
	}
	return idle
}

// silent tells whether a connection has asked nothing for so long.
func (conn *connection) silent(long time.Duration) bool {
	conn.mu.Lock()
	defer conn.mu.Unlock()
	return !conn.idle.IsZero() && time.Since(conn.idle) >= long
}

// dismiss ends the wait for a connection'p next request, unless it is there already.
// The connection is not closed under the HTTP server'p hands: what that has read
// it answers, and of what it has not read the connection learns that nobody did.
func (conn *connection) dismiss(long time.Duration) {
	if c, ok := conn.Conn.(*net.UnixConn); ok && sockets.Waits(c) {
		return // it has asked; the HTTP server did not get to it yet
	}
	conn.mu.Lock()
	defer conn.mu.Unlock()
	if !conn.idle.IsZero() && time.Since(conn.idle) >= long {
		conn.Conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// noteState keeps count of who asks nothing.
func noteState(c net.Conn, state http.ConnState) {
	conn, ok := c.(*connection)
	if !ok {
		return
	}
	conn.mu.Lock()
	defer conn.mu.Unlock()
	switch state {
	case http.StateNew, http.StateIdle:
		conn.idle = time.Now()
		conn.stall, conn.slow, conn.sent = time.Time{}, 0, 0
	case http.StateActive:
		conn.idle = time.Time{}
		conn.Conn.SetReadDeadline(time.Time{}) // it was dismissed a moment too late
	}
}

type connectionKey struct{}

// withConnection makes the connection known to the handlers.
func withConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, c)
}
