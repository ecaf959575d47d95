package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A door is a socket that the server listens on. It lets in whom the system
// vouches for, and no more at a time than there are seats.
type door struct {
	s     *server
	mu    sync.Mutex   // guards l
	l     net.Listener // see lookAfter
	lost  time.Time    // since when it cannot be opened again; zero: it is there
	scope *scope
	guest chan *guest
	seats *seats
	crowd *crowd
	shut  chan struct{}
	once  sync.Once

	large   chan struct{} // a token for each request that may hold much in memory
	batches chan struct{} // full while a batch is in memory

	leaving atomic.Int32 // those that are being turned away
}

// A guest is a connection that has a seat, or waits for one.
type guest struct {
	net.Conn
	peer  sockets.Peer
	scope *scope
	seats *seats
	door  *door
	who   process // what programs knows it by
	once  sync.Once
	left  func() // called once, when it goes; may be nil
	keeps bool   // it is not sent away while it asks nothing: see programs

	mu    sync.Mutex    // guards what is below, and the deadline of what is read while idle is set
	idle  time.Time     // since when nothing was asked; zero: busy
	stall time.Time     // since when it keeps this side waiting, with its body or with the answer; zero: it does not
	slow  time.Duration // how long it has done so in this request, before that
	sent  int           // bytes of the answer to it
}

func newDoor(s *server, l net.Listener, sc *scope) *door {
	has, with := s.limits.less, s.less
	if sc.main {
		has, with = s.limits.own, s.own
	}
	return &door{
		s: s, l: l, scope: sc, guest: make(chan *guest), shut: make(chan struct{}), crowd: with,
		seats: newSeats(has.conns, has.backlog), large: make(chan struct{}, has.large), batches: make(chan struct{}, 1),
	}
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

func (d *door) Addr() net.Addr { return d.listening().Addr() }

// Close closes the socket, and turns away who waits for a seat.
func (d *door) Close() (err error) {
	d.once.Do(func() {
		close(d.shut)
		err = d.listening().Close()
	})
	return err
}

// run accepts until the door is closed.
func (d *door) run() {
	for pause := time.Millisecond; ; {
		l := d.listening()
		c, err := l.Accept()
		if err == nil {
			pause = time.Millisecond
			d.receive(c)
			continue
		}
		if errors.Is(err, net.ErrClosed) && d.listening() != l {
			continue // it was opened anew
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
	if !d.crowd.enter() {
		c.Close() // an answer would keep the descriptor
		return
	}
	p, who, err := d.s.admit(c)
	if err != nil {
		d.s.log.Warn("refused", "pid", p.PID, "uid", p.UID, "exe", p.Exe, "error", err.Error())
		d.turnAway(c, http.StatusForbidden, err)
		return
	}
	g := &guest{Conn: c, peer: p, scope: d.scope, seats: d.seats, door: d, who: who, keeps: d.s.programs.keeps(who)}
	g.left = func() {
		d.s.programs.left(who, c)
		d.crowd.leave()
	}
	if !d.seats.take(g, d.shut, d.seated) {
		d.s.programs.left(who, c)
		d.s.log.Warn("refused", "pid", p.PID, "error", "too many connections")
		d.turnAway(c, http.StatusServiceUnavailable, wire.Busy("agent", "too many programs are using the agent", remedy.To(remedy.TryAgain)))
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
		d.crowd.leave()
		return
	}
	go func() {
		defer d.leaving.Add(-1)
		defer d.crowd.leave()
		defer c.Close()
		body := d.s.errorJSON("agent", err)
		c.SetDeadline(time.Now().Add(time.Second / 4))
		fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
			status, http.StatusText(status), len(body), body)
		if half, ok := c.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		}
		io.CopyN(io.Discard, c, 64<<10)
	}()
}
