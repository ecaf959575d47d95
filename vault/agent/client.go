package agent

import (
	"context"
	"encoding/json"
	"errors"
	"os"
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

	// Watched, where it is set before the first request, ends a wait for the first
	// answer with the code [vault.Busy] where the agent does not even tell its status
	// within 10 s. Who asks for that first needs it not.
	Watched bool

	calls caller

	mu    sync.Mutex   // guards what is below
	known *wire.Status // the newest status, nil where something was changed since
	last  vault.Status
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
	c := newClient(path)
	c.calls.spare = newLink(conn, p)
	return c, nil
}

func newClient(path string) *Client {
	c := &Client{}
	c.calls = caller{
		path: path,
		onAdmitted: func() {
			if c.OnAdmitted != nil {
				c.OnAdmitted()
			}
		},
		watched: func() bool { return c.Watched },
		onWarning: func(err error) {
			if c.OnWarning != nil {
				c.OnWarning(err)
			}
		},
	}
	return c
}

// Path is the path of the socket.
func (c *Client) Path() string { return c.calls.path }

// Close ends the connection. The agent goes on.
func (c *Client) Close() error {
	c.calls.end()
	return nil
}

// Stay keeps a further connection open until leave is called. An agent knows a
// process that hides itself, see OnAdmitted, by a connection that it has open. Without
// one, an agent that lets in only some programs does not let it connect again, and none
// lends it a key.
func (c *Client) Stay(ctx context.Context) (leave func(), err error) {
	other := newClient(c.calls.path)
	if _, err := other.status(ctx, statusTarget+"?stay"); err != nil { // once answered, it counts
		other.Close()
		return nil, err
	}
	return func() { other.Close() }, nil
}

const statusTarget = "/v1/status"

// AgentStatus asks the agent about itself. An agent that does not answer within
// 10 s is Busy.
func (c *Client) AgentStatus(ctx context.Context) (wire.Status, error) {
	return c.status(ctx, statusTarget)
}

func (c *Client) status(ctx context.Context, target string) (wire.Status, error) {
	limited, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var w wire.StatusForm
	err := c.calls.ask(limited, call{method: methodGet, target: target}, &w)
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
	if err := c.calls.ask(ctx, call{method: methodPost, target: "/v1/lock"}, &w); err != nil {
		return err
	}
	c.Close()
	if !w.Agent || w.PID == os.Getpid() {
		return nil
	}
	return sockets.AwaitEnd(ctx, w.PID)
}

// Grant makes the agent open a further socket that is for less, and returns its
// path. It is closed after ttl, which is rounded up to seconds, and with the
// agent; 0 is no limit of its own.
func (c *Client) Grant(ctx context.Context, g wire.Grant, ttl time.Duration) (socket string, err error) {
	var w struct {
		Socket string `json:"socket"`
	}
	err = c.calls.ask(ctx, post("/v1/grants", struct {
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
