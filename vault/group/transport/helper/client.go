package helper

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// Client is tacit's side: a transport that asks a helper.
type Client struct {
	end  func()        // ends the helper, by force
	last func() string // what it has complained of, for an error; may be ""

	requests chan request
	gone     chan struct{} // closed when the helper's answers have ended
	closed   chan struct{} // closed by Close
	close    sync.Once

	mu   sync.Mutex // guards what follows
	open map[uint64]*call
	next uint64
	err  error // why the answers have ended

	process int
}

var (
	_ transport.Transport = (*Client)(nil)
	_ transport.Deleter   = (*Client)(nil)
)

// call is a request under way.
type call struct {
	most int // bytes of the answer
	done chan answer
}

// pipes are a helper that runs.
type pipes struct {
	in   io.WriteCloser // what it reads
	out  io.Reader      // what it writes
	end  func()
	last func() string
	pid  int // 0 for none of its own
}

// connect asks a helper to open an address. The helper is ended with an error.
func connect(ctx context.Context, p pipes, address string) (*Client, error) {
	c := &Client{
		end: p.end, last: p.last, process: p.pid, requests: make(chan request),
		gone: make(chan struct{}), closed: make(chan struct{}), open: map[uint64]*call{},
	}
	go c.write(p.in)
	go c.read(p.out)
	if strings.ContainsAny(address, " \n") || address == "" || len(address) > maxLine/2 {
		c.Close()
		return nil, fmt.Errorf("%w: the address has a space, or is too long", transport.ErrKey)
	}
	if _, err := c.ask(ctx, request{verb: verbOpen, words: []string{address}}, 0); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close implements io.Closer. It ends the helper.
func (c *Client) Close() error {
	c.close.Do(func() { close(c.closed) })
	c.end()
	<-c.gone
	return nil
}

// write passes requests on. The helper ends when its input does.
func (c *Client) write(in io.WriteCloser) {
	defer in.Close()
	w := bufio.NewWriterSize(in, 64<<10)
	for {
		select {
		case q := <-c.requests:
			if q.write(w) != nil {
				return // why it has ended, its answers tell
			}
		case <-c.closed:
			return
		case <-c.gone:
			return
		}
	}
}

// read hands answers to those who wait for them.
func (c *Client) read(out io.Reader) {
	r := bufio.NewReaderSize(out, maxLine)
	err := c.greet(r)
	for err == nil {
		var a answer
		if a, err = readAnswer(r, c.limit); err == nil {
			c.mu.Lock()
			call := c.open[a.id]
			delete(c.open, a.id)
			c.mu.Unlock()
			call.done <- a
		}
	}
	c.end() // whatever it does: nobody listens any more
	if !errors.Is(err, ErrProtocol) {
		err = fmt.Errorf("%w: the helper has ended", transport.ErrUnreachable)
	}
	if last := c.last(); last != "" {
		err = fmt.Errorf("%w: %s", err, last)
	}
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
	close(c.gone)
}

// greet expects the helper's first line.
func (c *Client) greet(r *bufio.Reader) error {
	words, err := readLine(r)
	if err != nil {
		return err
	}
	if got := strings.Join(words, " "); got != greeting {
		return fmt.Errorf("%w: it is of another version (it begins with %.40q, not %q)", ErrProtocol, got, greeting)
	}
	return nil
}

// limit is for readAnswer.
func (c *Client) limit(id uint64) (most int, open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call := c.open[id]; call != nil {
		return call.most, true
	}
	return 0, false
}

// begin gives a request its number.
func (c *Client) begin(most int) (id uint64, call_ *call, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= 2*maxOpen {
		return 0, nil, fmt.Errorf("%w: the helper does not answer", transport.ErrUnreachable)
	}
	c.next++
	call_ = &call{most: most, done: make(chan answer, 1)}
	c.open[c.next] = call_
	return c.next, call_, nil
}

// forget takes a request back that was never sent.
func (c *Client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
}

// ask sends a request and waits for its answer, of at most so many bytes.
func (c *Client) ask(ctx context.Context, q request, most int) (answer, error) {
	if err := c.ended(ctx); err != nil {
		return answer{}, err
	}
	id, call, err := c.begin(most)
	if err != nil {
		return answer{}, err
	}
	q.id = id
	select {
	case c.requests <- q:
	case <-ctx.Done():
		c.forget(id)
		return answer{}, ctx.Err()
	case <-c.closed:
		return answer{}, transport.ErrClosed
	case <-c.gone:
		return answer{}, c.ended(ctx)
	}
	select {
	case a := <-call.done:
		return a, c.errorOf(q, a)
	case <-ctx.Done():
		go c.stop(id)
		return answer{}, ctx.Err()
	case <-c.closed:
		return answer{}, transport.ErrClosed
	case <-c.gone:
		select {
		case a := <-call.done: // its last
			return a, c.errorOf(q, a)
		default:
			return answer{}, c.ended(ctx)
		}
	}
}

// stop gives a request up. Its answer, which comes, interests nobody.
func (c *Client) stop(id uint64) {
	select {
	case c.requests <- request{verb: verbStop, id: id}:
	case <-c.closed:
	case <-c.gone:
	}
}

// ended returns why nothing can be asked any more, if so.
func (c *Client) ended(ctx context.Context) error {
	select {
	case <-c.closed:
		return transport.ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// errorOf is the error of an answer. One that does not fit its request ends the helper.
func (c *Client) errorOf(q request, a answer) error {
	switch {
	case a.word == wordError:
		return a.err
	case a.word == wordNone && q.verb == verbGet:
		return transport.ErrNone
	case a.word == wordTaken && q.verb == verbPut:
		return transport.ErrTaken
	case a.word == wordOK:
		return nil
	}
	return c.broken("%s in answer to %s", a.word, q.verb)
}

// broken ends a helper that does not keep to the protocol.
func (c *Client) broken(format string, args ...any) error {
	c.end()
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}

// Put implements transport.Transport.
func (c *Client) Put(ctx context.Context, key string, data, old []byte) error {
	if err := c.ended(ctx); err != nil {
		return err
	}
	if err := transport.CheckPut(key, data); err != nil {
		return err
	}
	if old != nil {
		if err := transport.CheckSize(len(old)); err != nil {
			return err
		}
	}
	// Copies: the bytes may be on their way after ctx has ended.
	_, err := c.ask(ctx, request{verb: verbPut, words: []string{key}, data: bytes.Clone(data), old: bytes.Clone(old)}, 0)
	return err
}

// Get implements transport.Transport.
func (c *Client) Get(ctx context.Context, key string) ([]byte, error) {
	if err := c.ended(ctx); err != nil {
		return nil, err
	}
	if err := transport.CheckKey(key); err != nil {
		return nil, err
	}
	a, err := c.ask(ctx, request{verb: verbGet, words: []string{key}}, transport.MaxData)
	if err == nil && len(a.data) == 0 {
		err = c.broken("nothing under a key, and no word of it")
	}
	if err != nil {
		return nil, err
	}
	return a.data, nil
}

// List implements transport.Transport.
func (c *Client) List(ctx context.Context, prefix, after string) ([]string, error) {
	if err := c.ended(ctx); err != nil {
		return nil, err
	}
	if err := transport.CheckList(prefix, after); err != nil {
		return nil, err
	}
	a, err := c.ask(ctx, request{verb: verbList, words: []string{prefix, after}}, maxKeys)
	if err != nil {
		return nil, err
	}
	var list []string
	last := after
	for line := range strings.Lines(string(a.data)) {
		key, ended := strings.CutSuffix(line, "\n")
		if !ended || len(list) == transport.MaxList || key <= last || !transport.Under(key, prefix) || transport.CheckKey(key) != nil {
			return nil, c.broken("a list that is none")
		}
		list, last = append(list, key), key
	}
	return list, nil
}

// Delete implements transport.Deleter.
func (c *Client) Delete(ctx context.Context, key string) error {
	if err := c.ended(ctx); err != nil {
		return err
	}
	if err := transport.CheckKey(key); err != nil {
		return err
	}
	_, err := c.ask(ctx, request{verb: verbDel, words: []string{key}}, 0)
	return err
}

// Wait implements transport.Transport, for at most MaxPrefixes prefixes.
func (c *Client) Wait(ctx context.Context, prefixes ...string) error {
	if err := c.ended(ctx); err != nil {
		return err
	}
	if len(prefixes) > MaxPrefixes {
		return fmt.Errorf("%w: %d prefixes, at most %d", transport.ErrSize, len(prefixes), MaxPrefixes)
	}
	for _, p := range prefixes {
		if err := transport.CheckPrefix(p); err != nil {
			return err
		}
	}
	_, err := c.ask(ctx, request{verb: verbWait, words: prefixes}, 0)
	return err
}
