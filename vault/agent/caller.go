package agent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// A caller sends requests to an agent and reads the answers. It keeps one
// connection open between requests, and has more only while several are under way.
type caller struct {
	path       string
	onAdmitted func()
	onWarning  func(error)
	watched    func() bool

	mu       sync.Mutex // guards what is below
	spare    *link      // a connection that waits for the next request
	closed   bool
	admitted bool // there was an answer
}

// end closes the connection that waits. No further one is made.
func (c *caller) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.spare != nil {
		c.spare.conn.Close()
		c.spare = nil
	}
}

// A link is one connection.
type link struct {
	conn  *net.UnixConn
	r     *bufio.Reader
	pid   int
	since time.Time // when its last answer was read
}

func newLink(conn *net.UnixConn, p sockets.Peer) *link {
	return &link{conn: conn, r: bufio.NewReaderSize(conn, 4096), pid: p.PID, since: time.Now()}
}

// link takes the connection that waits, or makes one.
func (c *caller) link(ctx context.Context) (*link, error) {
	c.mu.Lock()
	l, closed := c.spare, c.closed
	c.spare = nil
	c.mu.Unlock()
	if closed {
		return nil, errors.New("the client is closed")
	}
	if l != nil && l.usable() {
		return l, nil
	}
	if l != nil {
		l.conn.Close()
	}
	conn, p, err := sockets.Reach(ctx, c.path)
	if err != nil {
		return nil, err
	}
	return newLink(conn, p), nil
}

// usable tells whether the agent has kept a connection open: it closes those
// that ask nothing for a while.
func (l *link) usable() bool {
	return time.Since(l.since) < time.Second/2 || !sockets.HungUp(l.conn)
}

// forget overwrites what the reader has kept of an answer that was read: there may be a
// value in it.
func (l *link) forget() {
	l.r.Reset(zeros{})
	_, _ = l.r.Peek(l.r.Size())
	l.r.Reset(l.conn)
}

// zeros can be read without end.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// keep lets a connection wait for the next request.
func (c *caller) keep(l *link) {
	l.since = time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.spare != nil || c.closed {
		l.conn.Close()
		return
	}
	c.spare = l
}

// A call is one request.
type call struct {
	method string
	target string // path and query
	header string // further lines, each with its end
	body   []byte // JSON; it is wiped when it was sent
}

// An answer is the answer to a call. Its body is to be read to the end, or
// dropped.
type answer struct {
	c    *caller
	l    *link
	resp *response
	stop func() bool // ends the watch over the context
	ctx  context.Context
}

// most is how often a request is sent that the agent does not take.
const most = 4

// do sends a request and reads the answer up to its body. An answer that is an
// error is returned as one.
//
// An agent closes connections that ask nothing, and may do so just when
// something is asked: that is asked again where it cannot have been done.
func (c *caller) do(ctx context.Context, q call) (*answer, error) {
	defer clear(q.body)
	var first error
	for range most {
		a, again, err := c.try(ctx, q)
		if first == nil {
			first = err
		}
		if err == nil || ctx.Err() != nil {
			return a, err
		}
		if !again {
			if errors.Is(err, sockets.ErrNone) {
				err = first // the agent ended
			}
			return nil, err
		}
	}
	return nil, first
}

// try sends a request once. Where it fails, again tells that it was not done, or
// changes nothing, and may be sent once more.
func (c *caller) try(ctx context.Context, q call) (a *answer, again bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	l, err := c.link(ctx)
	if err != nil {
		return nil, false, err
	}
	a = &answer{c: c, l: l, ctx: ctx}
	a.stop = context.AfterFunc(ctx, func() { l.conn.SetDeadline(time.Unix(1, 0)) })
	stop := c.watch(ctx, l, q)
	werr := l.send(q)
	// Read even so: an agent that turns a request away does not wait for all of it.
	a.resp, err = readResponse(l.r)
	if stuck := stop(); stuck != nil && err != nil {
		a.drop()
		return nil, false, stuck
	}
	if err != nil {
		a.drop()
		if cerr := ctx.Err(); cerr != nil {
			return nil, false, cerr
		}
		// What was not read to its end was not begun: see request.body.
		again = sockets.Unread(werr) || sockets.Unread(err) || q.method == methodGet && errors.Is(err, io.ErrUnexpectedEOF)
		return nil, again, fmt.Errorf("%w: %w", ErrGone, errors.Join(werr, err))
	}
	c.admit()
	if a.resp.status >= 300 {
		return nil, false, a.failure()
	}
	return a, false, nil
}

// patience is how long the first answer of an agent may take before it is asked
// whether it answers at all.
const patience = time.Second

// watch looks after a request to an agent that has not answered anything yet, where
// the client is to be Watched. One that
// takes its time is asked for its status, beside the request; where that is not
// answered either, the wait ends, and stop says why.
func (c *caller) watch(ctx context.Context, l *link, q call) (stop func() error) {
	c.mu.Lock()
	answered := c.admitted
	c.mu.Unlock()
	if !c.watched() || answered || q.target == statusTarget { // which has a limit of its own
		return func() error { return nil }
	}
	var stuck atomic.Pointer[error]
	t := time.AfterFunc(patience, func() {
		other := newClient(c.path)
		defer other.Close()
		if _, err := other.AgentStatus(ctx); errors.Is(err, vault.Busy) {
			stuck.Store(&err)
			l.conn.SetDeadline(time.Unix(1, 0))
		}
	})
	return func() error {
		t.Stop()
		if err := stuck.Load(); err != nil {
			return *err
		}
		return nil
	}
}

// send writes a request in one piece, and wipes that.
func (l *link) send(q call) error {
	b := make([]byte, 0, 256+len(q.target)+len(q.header)+len(q.body))
	b = append(b, q.method...)
	b = append(b, ' ')
	b = append(b, q.target...)
	b = append(b, " HTTP/1.1\r\nHost: tacit\r\n"...)
	b = append(b, q.header...)
	if q.method != methodGet {
		b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(q.body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	b = append(b, q.body...)
	_, err := l.conn.Write(b)
	clear(b)
	return err
}

// admit notes the first answer.
func (c *caller) admit() {
	c.mu.Lock()
	first := !c.admitted
	c.admitted = true
	c.mu.Unlock()
	if first {
		c.onAdmitted()
	}
}

// drop ends the connection of an answer that is not read to its end.
func (a *answer) drop() {
	a.stop()
	a.l.conn.Close()
	a.l.forget()
}

// done keeps the connection where the answer was read to its end, and was all.
func (a *answer) done() {
	more := a.l.r.Buffered() > 0
	a.l.forget()
	if !a.stop() || a.resp.last || more {
		a.l.conn.Close()
		return
	}
	a.c.keep(a.l)
}

// broken is the error of an answer that does not end as it should.
func (a *answer) broken(err error) error {
	a.drop()
	if cerr := a.ctx.Err(); cerr != nil {
		return cerr
	}
	if errors.Is(err, errTooLong) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrGone, err)
}

// maxAnswer is the longest answer, or line of one, in bytes: a value of 1 MiB of
// UTF-16 units, each escaped in JSON, with what is said about it.
const maxAnswer = 8 << 20

// bytes reads the body. The caller wipes it.
func (a *answer) bytes(limit int64) ([]byte, error) {
	if a.resp.length > limit {
		return nil, a.broken(errTooLong)
	}
	b, err := wire.ReadAll(io.LimitReader(a.resp.body, limit+1), a.resp.length)
	if err == nil && int64(len(b)) > limit {
		clear(b)
		err = errTooLong
	}
	if err != nil {
		return nil, a.broken(err)
	}
	a.done()
	return b, nil
}

// failure is the error that an answer is.
func (a *answer) failure() error {
	b, err := a.bytes(1 << 20)
	if err != nil {
		return err
	}
	a.c.warnings(b)
	var w wire.ErrorBody
	if json.Unmarshal(b, &w) != nil || w.Error.Code == "" {
		return &vault.SecretError{Code: vault.Internal, Op: "agent", Message: "the agent answered with status " + a.resp.reason}
	}
	return w.Error.Err()
}

// ask sends a request without values and decodes the answer, which holds none.
func (c *caller) ask(ctx context.Context, q call, into any) error {
	a, err := c.do(ctx, q)
	if err != nil {
		return err
	}
	b, err := a.bytes(1 << 30)
	if err != nil {
		return err
	}
	defer clear(b)
	c.warnings(b)
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(b, into); err != nil {
		return &vault.SecretError{Code: vault.Internal, Op: "agent", Message: "the agent's answer is not what this version of tacit knows"}
	}
	return nil
}

// warnings tells the caller of warnings in a document of the agent's.
func (c *caller) warnings(doc []byte) {
	if !bytes.Contains(doc, []byte(wire.WarningsMember)) {
		return
	}
	var w wire.Warnings
	if json.Unmarshal(doc, &w) == nil {
		for _, one := range w.Warnings {
			c.onWarning(one.Err())
		}
	}
}
