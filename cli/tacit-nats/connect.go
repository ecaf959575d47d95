package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

const (
	// connectWait is how long a connection may take to be made.
	connectWait = 5 * time.Second
	// callWait is how long one request may take, with all its tries. An election of a
	// leader takes some seconds.
	callWait = 15 * time.Second
	// tryWait is how long one try may take: who was asked may have died.
	tryWait = 3 * time.Second
	// tryPause is how long nobody is asked after nobody has answered.
	tryPause = 200 * time.Millisecond
)

// carrier is a transport to a server. It connects again by itself; what is asked
// meanwhile fails, and is for tacit to ask again.
type carrier struct {
	conn *nats.Conn
	js   jetstream.JetStream
	news *news

	denied denials

	mu     sync.Mutex // guards stream
	stream jetstream.Stream
}

var (
	_ transport.Transport = (*carrier)(nil)
	_ transport.Deleter   = (*carrier)(nil)
)

// open connects, and checks that the stream is there and set as it has to be.
func open(ctx context.Context, to string) (*carrier, error) {
	c, err := connect(to)
	if err != nil {
		return nil, err
	}
	ctx, end := limit(ctx)
	defer end()
	if err := c.find(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// connect connects to a server, whatever is on it.
func connect(to string) (*carrier, error) {
	a, err := parseAddress(to)
	if err != nil {
		return nil, err
	}
	return dial(a)
}

// dial is connect for an address that is taken apart.
func dial(a address, more ...nats.Option) (c *carrier, err error) {
	c = &carrier{news: newNews()}
	options := []nats.Option{
		nats.Name("tacit"), nats.Timeout(connectWait), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second),
		nats.ReconnectJitter(time.Second, time.Second), nats.ReconnectBufSize(-1), nats.PingInterval(20 * time.Second), nats.MaxPingsOutstanding(2),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.denied.hear(err) }),
		nats.ReconnectHandler(func(*nats.Conn) { c.news.tell("", nil) }), // what came meanwhile was missed
	}
	if a.creds != "" {
		options = append(options, nats.UserCredentials(a.creds))
	}
	if a.ca != "" {
		options = append(options, nats.RootCAs(a.ca))
	}
	if c.conn, err = nats.Connect(a.server, append(options, more...)...); err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", a.server, connectError(err))
	}
	if c.js, err = jetstream.New(c.conn); err != nil {
		c.conn.Close()
		return nil, err
	}
	return c, nil
}

// connectError says of a connection that was not made what it means.
func connectError(err error) error {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return fmt.Errorf("%w: %w", transport.ErrSetup, err) // a file of the address
	}
	return explain(err)
}

// find looks the stream up.
func (c *carrier) find(ctx context.Context) error {
	var s jetstream.Stream
	err := c.call(ctx, "$JS.API.STREAM.INFO."+stream.Name, func(ctx context.Context) (err error) {
		s, err = c.js.Stream(ctx, stream.Name)
		return err
	})
	if err == nil {
		err = check(s.CachedInfo().Config)
	}
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stream = s
	return nil
}

// found is the stream.
func (c *carrier) found() jetstream.Stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stream
}

// Close implements io.Closer.
func (c *carrier) Close() error {
	c.news.close()
	c.conn.Close()
	return nil
}

// limit sees to it that a request ends.
func limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, callWait, errSlow)
}

var errSlow = fmt.Errorf("%w: the server does not answer in time", transport.ErrUnreachable)

// call makes a request that is published to a subject. A server that does not allow that
// does not answer it; it says so to the connection.
func (c *carrier) call(ctx context.Context, subject string, do func(ctx context.Context) error) error {
	if c.conn.IsClosed() {
		return transport.ErrClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, end := limit(ctx)
	defer end()
	defer c.denied.listen(subject, cancel)()
	for {
		err := try(ctx, do)
		if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
			return cause
		}
		// Without a connection it is for tacit to try again, later.
		if !errors.Is(err, transport.ErrUnreachable) || !c.conn.IsConnected() || pause(ctx, tryPause) != nil {
			return err
		}
	}
}

// try makes a request once.
func try(ctx context.Context, do func(ctx context.Context) error) error {
	ctx, end := context.WithTimeout(ctx, tryWait)
	defer end()
	return explain(do(ctx))
}

// pause waits for those who are to answer.
func pause(ctx context.Context, long time.Duration) error {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
