package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Client speaks to an agent. Its methods are those of [vault.Vault], with the
// same results and the same errors, ErrGone and the code [vault.Denied] besides.
// It is safe for concurrent use. It keeps one connection open between requests,
// and has more only while several are under way.
//
// HTTP is spoken on the connection itself: a command that asks two things of an
// agent is done before an http.Transport has dialled.
type Client struct {
	// OnAdmitted, where it is set before the first request, is called after the
	// first answer. A process that wants to keep others from looking at it does
	// so then: the agent may have to see which program it is.
	OnAdmitted func()

	// OnWarning, where it is set before the first request, is told what did not
	// stop a request, before its method returns. It may be called by several at once.
	OnWarning func(error)

	path string

	mu       sync.Mutex // guards what is below
	spare    *link      // a connection that waits for the next request
	closed   bool
	admitted bool
	known    *wire.Status // the newest status, nil where something was changed since
	last     vault.Status
}

// A link is one connection.
type link struct {
	conn  *net.UnixConn
	r     *bufio.Reader
	pid   int
	since time.Time // when its last answer was read
}

// ErrGone means that the agent ended, or broke the connection, before it
// answered. Whether a change was made is not known.
var ErrGone = errors.New("the agent ended before it answered")

// answerTime is how long an agent may take for the answer to a simple question
// about itself, before it is taken for stuck.
const answerTime = 10 * time.Second

// Dial connects to the agent that listens on a socket. Both the socket's files
// and who is behind it are checked before anything is said.
//
// Its errors wrap ErrNone where there is no agent, and ErrForeign, with the code
// [vault.Unsafe], where there is something that is not this user's alone.
func Dial(ctx context.Context, path string) (*Client, error) {
	conn, p, err := sockets.Reach(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Client{path: path, spare: newLink(conn, p)}, nil
}

func newLink(conn *net.UnixConn, p sockets.Peer) *link {
	return &link{conn: conn, r: bufio.NewReaderSize(conn, 4096), pid: p.PID, since: time.Now()}
}

// Path is the path of the socket.
func (c *Client) Path() string { return c.path }

// Close ends the connection. The agent goes on.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.spare != nil {
		c.spare.conn.Close()
		c.spare = nil
	}
	return nil
}

// Stay keeps a further connection open until leave is called. An agent that
// lets in only some programs knows a process that hides itself, see OnAdmitted,
// by a connection that it has open: without one it cannot connect again.
func (c *Client) Stay(ctx context.Context) (leave func(), err error) {
	other := &Client{path: c.path}
	if _, err := other.AgentStatus(ctx); err != nil { // once answered, it counts
		other.Close()
		return nil, err
	}
	return func() { other.Close() }, nil
}

// link takes the connection that waits, or makes one.
func (c *Client) link(ctx context.Context) (*link, error) {
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
	if l.r.Buffered() > 0 {
		return false
	}
	return time.Since(l.since) < time.Second/2 || !sockets.HungUp(l.conn)
}

// keep lets a connection wait for the next request.
func (c *Client) keep(l *link) {
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
	c    *Client
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
func (c *Client) do(ctx context.Context, q call) (*answer, error) {
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
func (c *Client) try(ctx context.Context, q call) (a *answer, again bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	l, err := c.link(ctx)
	if err != nil {
		return nil, false, err
	}
	a = &answer{c: c, l: l, ctx: ctx}
	a.stop = context.AfterFunc(ctx, func() { l.conn.SetDeadline(time.Unix(1, 0)) })
	werr := l.send(q)
	// Read even so: an agent that turns a request away does not wait for all of it.
	a.resp, err = readResponse(l.r)
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
func (c *Client) admit() {
	c.mu.Lock()
	first := !c.admitted
	c.admitted = true
	c.mu.Unlock()
	if first && c.OnAdmitted != nil {
		c.OnAdmitted()
	}
}

// drop ends the connection of an answer that is not read to its end.
func (a *answer) drop() {
	a.stop()
	a.l.conn.Close()
}

// done keeps the connection where the answer was read to its end.
func (a *answer) done() {
	if !a.stop() || a.resp.last {
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
func (c *Client) ask(ctx context.Context, q call, into any) error {
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

// AgentStatus asks the agent about itself. An agent that does not answer within
// 10 s is Busy.
func (c *Client) AgentStatus(ctx context.Context) (wire.Status, error) {
	limited, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var w wire.StatusForm
	err := c.ask(limited, call{method: methodGet, target: "/v1/status"}, &w)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		err = wire.Busy("agent", "the agent is running but does not answer", remedy.To(remedy.WorkWithoutAgent))
	}
	if err != nil {
		return wire.Status{}, err
	}
	st := w.Status()
	c.mu.Lock()
	c.known, c.last = &st, st.Vault
	c.mu.Unlock()
	return st, nil
}

// Status tells what is known of the vault: what the agent said last, where
// nothing was changed through this client since. Where it cannot be asked, it is
// what it said last.
func (c *Client) Status() vault.Status {
	c.mu.Lock()
	known, last := c.known, c.last
	c.mu.Unlock()
	if known != nil {
		return known.Vault
	}
	if st, err := c.AgentStatus(context.Background()); err == nil {
		return st.Vault
	}
	return last
}

// changed notes that the status is not what it was.
func (c *Client) changed() {
	c.mu.Lock()
	c.known = nil
	c.mu.Unlock()
}

// Lock makes the agent wipe what it has and end, and waits for that, at most 10
// s. Through a socket that was made for less it ends that socket alone.
func (c *Client) Lock(ctx context.Context) error {
	var w struct {
		PID   int  `json:"pid"`
		Agent bool `json:"agent"`
	}
	if err := c.ask(ctx, call{method: methodPost, target: "/v1/lock"}, &w); err != nil {
		return err
	}
	c.Close()
	if !w.Agent || w.PID == os.Getpid() {
		return nil
	}
	return sockets.AwaitEnd(ctx, w.PID)
}

// Yield makes the agent close the vault, so that this process can open it, until
// release is called or this process ends, at most 10 minutes. Busy where others
// use it for longer than 10 s.
func (c *Client) Yield(ctx context.Context) (release func(), err error) {
	a, err := c.do(ctx, call{method: methodPost, target: "/v1/yield"})
	if err != nil {
		return nil, err
	}
	if _, err := a.resp.body.Read(make([]byte, 512)); err != nil && err != io.EOF {
		return nil, a.broken(err)
	}
	c.changed()
	return sync.OnceFunc(a.drop), nil
}

// Grant makes the agent open a further socket that is for less, and returns its
// path. It is closed after ttl, which is rounded up to seconds, and with the
// agent; 0 is no limit of its own.
func (c *Client) Grant(ctx context.Context, g wire.Grant, ttl time.Duration) (socket string, err error) {
	var w struct {
		Socket string `json:"socket"`
	}
	err = c.ask(ctx, post("/v1/grants", struct {
		wire.Grant
		TTL int64 `json:"ttl_seconds"`
	}{g, int64((ttl + time.Second - 1) / time.Second)}), &w)
	return w.Socket, err
}

// post is a request with a document that holds no value.
func post(target string, doc any) call {
	b, _ := json.Marshal(doc) // strings and numbers: cannot fail
	return call{method: methodPost, target: target, body: b}
}
