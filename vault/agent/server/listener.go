package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A listener is a socket that the server listens on. It lets in whom the system
// vouches for, and no more at a time than its pool has places.
type listener struct {
	s       *server
	mu      sync.Mutex   // guards socket
	socket  net.Listener // see lookAfter
	lost    time.Time    // since when it cannot be opened again; zero: it is there
	scope   *scope
	arrived chan *connection
	pool    *pool
	crowd   *crowd
	shut    chan struct{}
	once    sync.Once

	large   chan struct{} // a token for each request that may hold much in memory
	batches chan struct{} // full while a batch is in memory

	leaving atomic.Int32 // those that are being turned away
}

// A connection is one that has a place in the pool, or waits for one.
type connection struct {
	net.Conn
	peer     sockets.Peer
	scope    *scope
	pool     *pool
	listener *listener
	who      process     // what programs knows it by
	exe      os.FileInfo // its program when it connected, if any may; nil where that is not known
	once     sync.Once
	left     func()      // called once, when it goes; may be nil
	keeps    atomic.Bool // it is not sent away while it asks nothing: see programs

	mu    sync.Mutex    // guards what is below, and the deadline of what is read while idle is set
	idle  time.Time     // since when nothing was asked; zero: busy
	stall time.Time     // since when it keeps this side waiting, with its body or with the answer; zero: it does not
	slow  time.Duration // how long it has done so in this request, before that
	sent  int           // bytes of the answer to it
}

func newListener(s *server, socket net.Listener, sc *scope) *listener {
	has, with := s.limits.less, s.less
	if sc.main {
		has, with = s.limits.own, s.own
	}
	return &listener{
		s: s, socket: socket, scope: sc, arrived: make(chan *connection), shut: make(chan struct{}), crowd: with,
		pool: newPool(has.conns, has.backlog), large: make(chan struct{}, has.large), batches: make(chan struct{}, 1),
	}
}

// Accept gives the HTTP server the next connection.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.arrived:
		return conn, nil
	case <-l.shut:
		return nil, net.ErrClosed
	}
}

func (l *listener) Addr() net.Addr { return l.listening().Addr() }

// Close closes the socket, and turns away who waits for a place.
func (l *listener) Close() (err error) {
	l.once.Do(func() {
		close(l.shut)
		err = l.listening().Close()
	})
	return err
}

// run accepts until the listener is closed.
func (l *listener) run() {
	for pause := time.Millisecond; ; {
		socket := l.listening()
		c, err := socket.Accept()
		if err == nil {
			pause = time.Millisecond
			l.receive(c)
			continue
		}
		if errors.Is(err, net.ErrClosed) && l.listening() != socket {
			continue // it was opened anew
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		// Out of descriptors, say: those in use go first.
		l.s.log.Warn("accept", "error", err.Error())
		select {
		case <-time.After(pause):
			pause = min(2*pause, time.Second)
		case <-l.shut:
			return
		}
	}
}

// receive asks who it is, and finds a place.
func (l *listener) receive(c net.Conn) {
	if !l.crowd.enter() {
		c.Close() // an answer would keep the descriptor
		return
	}
	p, who, err := l.s.admit(c)
	if err != nil {
		l.s.log.Warn("refused", "pid", p.PID, "uid", p.UID, "exe", p.Exe, "error", err.Error())
		l.turnAway(c, http.StatusForbidden, err)
		return
	}
	conn := &connection{Conn: c, peer: p, scope: l.scope, pool: l.pool, listener: l, who: who}
	conn.keeps.Store(l.s.programs.keeps(who))
	if l.scope.main && l.s.programs.any() {
		if conn.exe, err = statProgram(p.PID); err != nil && hides(err) {
			conn.exe = l.pool.exeOf(p.PID)
		}
	}
	conn.left = func() {
		l.s.programs.left(who, c)
		l.crowd.leave()
	}
	if !l.pool.take(conn, l.shut, l.hand) {
		l.s.programs.left(who, c)
		l.s.log.Warn("refused", "pid", p.PID, "error", "too many connections")
		l.turnAway(c, http.StatusServiceUnavailable, wire.Busy("agent", "too many programs are using the agent", remedy.To(remedy.TryAgain)))
	}
}

// hand hands a connection to the HTTP server.
func (l *listener) hand(conn *connection) {
	select {
	case l.arrived <- conn:
	case <-l.shut:
		conn.Close()
	}
}

// maxLeaving is how many are told at a time why they are turned away.
const maxLeaving = 64

// turnAway answers without a look at what is asked. It waits a moment for the
// other side to have asked it: who writes into a closed socket does not read the
// answer.
func (l *listener) turnAway(c net.Conn, status int, err error) {
	if l.leaving.Add(1) > maxLeaving {
		l.leaving.Add(-1)
		c.Close()
		l.crowd.leave()
		return
	}
	go func() {
		defer l.leaving.Add(-1)
		defer l.crowd.leave()
		defer c.Close()
		body := l.s.errorJSON("agent", err)
		c.SetDeadline(time.Now().Add(time.Second / 4))
		fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
			status, http.StatusText(status), len(body), body)
		if half, ok := c.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		}
		io.CopyN(io.Discard, c, 64<<10)
	}()
}
