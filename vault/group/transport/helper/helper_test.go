package helper

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/transporttest"
)

// inProcess is a helper that is no process: it answers from a place in memory.
func inProcess(t *testing.T, open func(context.Context, string) (transport.Transport, error)) pipes {
	t.Helper()
	in, toHelper := io.Pipe()
	fromHelper, out := io.Pipe()
	served := make(chan struct{})
	go func() {
		defer close(served)
		defer out.Close()
		_ = Serve(context.Background(), in, out, open)
		in.Close()
	}()
	return pipes{in: toHelper, out: fromHelper, last: func() string { return "" }, end: sync.OnceFunc(func() {
		toHelper.Close()
		in.Close()
		<-served
		fromHelper.Close()
	})}
}

// TestHelper is the suite over a helper that has a place in memory.
func TestHelper(t *testing.T) {
	transporttest.Run(t, func(*testing.T) transporttest.Place {
		m := transport.NewMemory()
		return transporttest.Place{Open: func(t *testing.T) transport.Transport {
			c, err := connect(context.Background(), inProcess(t, func(_ context.Context, address string) (transport.Transport, error) {
				if address != "memory:x" {
					t.Errorf("the helper was asked for %q", address)
				}
				return m.Open(), nil
			}), "memory:x")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}}
	})
}

var beat = transport.BeatKey([16]byte{1}, [8]byte{2})

// failing is a transport each of whose answers is one error.
type failing struct{ err error }

func (f failing) Put(context.Context, string, []byte, []byte) error      { return f.err }
func (f failing) Get(context.Context, string) ([]byte, error)            { return nil, f.err }
func (f failing) List(context.Context, string, string) ([]string, error) { return nil, f.err }
func (f failing) Wait(context.Context, ...string) error                  { return f.err }

// TestErrors: each error arrives as what it is, with its text made fit for a line.
func TestErrors(t *testing.T) {
	for _, cause := range causes() {
		if cause.err == errFailed {
			continue
		}
		c, err := connect(context.Background(), inProcess(t, func(context.Context, string) (transport.Transport, error) {
			return failing{errors.Join(cause.err, errors.New("two\nlines \x1b[31m and "+strings.Repeat("x", 2*maxLine)))}, nil
		}), "x")
		if err != nil {
			t.Fatal(err)
		}
		_, get := c.Get(context.Background(), beat)
		for what, err := range map[string]error{"Get": get, "Put": c.Put(context.Background(), beat, []byte("x"), nil)} {
			if !errors.Is(err, cause.err) || strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > 2*maxText {
				t.Errorf("%s, %s: %q", cause.word, what, err)
			}
		}
		if err := transport.Delete(context.Background(), c, beat); !errors.Is(err, transport.ErrNoDelete) {
			t.Errorf("deleting where that cannot be: %v", err)
		}
		c.Close()
	}
}

// TestOpenFails: why an address cannot be opened arrives, and the helper ends.
func TestOpenFails(t *testing.T) {
	for _, want := range []error{transport.ErrUnreachable, transport.ErrSetup, transport.ErrDenied} {
		p := inProcess(t, func(context.Context, string) (transport.Transport, error) { return nil, want })
		if _, err := connect(context.Background(), p, "x"); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	for _, address := range []string{"", "a b", "a\nput 1", strings.Repeat("a", maxLine)} {
		p := inProcess(t, func(context.Context, string) (transport.Transport, error) {
			t.Errorf("%.40q reached the helper", address)
			return nil, transport.ErrSetup
		})
		if _, err := connect(context.Background(), p, address); !errors.Is(err, transport.ErrKey) {
			t.Errorf("%.40q: %v", address, err)
		}
	}
}

// script is a helper that says what it was given, one piece for each line it hears,
// whatever that asks.
func script(said ...string) pipes {
	fromHelper, out := io.Pipe()
	in, toHelper := io.Pipe()
	go func() {
		r := bufio.NewReader(in)
		for _, s := range said {
			if _, err := r.ReadString('\n'); err != nil {
				return
			}
			io.WriteString(out, s)
		}
		io.Copy(io.Discard, r)
	}()
	return pipes{in: toHelper, out: fromHelper, last: func() string { return "its last word" }, end: sync.OnceFunc(func() { out.Close(); in.Close() })}
}

// hello is how a helper begins.
const hello = greeting + "\nok 1 0\n"

// TestLiars: what a helper may not answer is an error, and its end.
func TestLiars(t *testing.T) {
	other := transport.BeatKey([16]byte{2}, [8]byte{2})
	for name, said := range map[string]string{
		"another version":       "tacit-helper 2\nok 1 0\n",
		"no greeting":           "ok 1 0\n",
		"a program of others'":  "usage: tacit-nats [options]\n",
		"an endless line":       strings.Repeat("x", 2*maxLine),
		"what was not asked":    hello + "|ok 9 0\n",
		"answered twice":        hello + "|ok 1 0\n",
		"too long":              hello + "|ok 2 999999999\n",
		"negative":              hello + "|ok 2 -1\n",
		"leading zero":          hello + "|ok 02 1\nx",
		"a number too much":     hello + "|ok 2 1 1\nx",
		"empty":                 hello + "|ok 2 0\n",
		"taken, to a get":       hello + "|taken 2\n",
		"no such error":         hello + "|error 2 broken x\n",
		"an error without text": hello + "|error 2 denied\n",
		"two spaces":            hello + "|ok  2 1\nx",
		"nothing":               hello + "|\n",
		"a list":                hello + "|ok 2 " + "1\n\x00",
	} {
		begin, rest, _ := strings.Cut(said, "|")
		p := script(begin, rest)
		c, err := connect(context.Background(), p, "x")
		if err == nil {
			if name == "a list" {
				_, err = c.List(context.Background(), "b/", "")
			} else {
				_, err = c.Get(context.Background(), beat)
			}
			c.Close()
		}
		if !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, list := range map[string]string{
		"not ascending": other + "\n" + beat + "\n", "twice": beat + "\n" + beat + "\n", "another prefix": transport.InboxKey([16]byte{1}) + "\n",
		"no key": "b/x\n", "not ended": beat,
	} {
		c, err := connect(context.Background(), script(hello, "ok 2 "+itoa(len(list))+"\n"+list), "x")
		if err != nil {
			t.Fatal(name, err)
		}
		if keys, err := c.List(context.Background(), "b/", ""); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %q, %v", name, keys, err)
		}
		c.Close()
	}
}

func itoa(n int) string {
	var b strings.Builder
	w := bufio.NewWriter(&b)
	_ = request{verb: verbStop, id: uint64(n)}.write(w)
	return strings.TrimSpace(strings.TrimPrefix(b.String(), verbStop))
}

// TestMute: a helper that does not answer costs no more than the context allows, and
// Close ends it.
func TestMute(t *testing.T) {
	c, err := connect(context.Background(), script(hello), "x")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 * maxOpen {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() {
			_, err := c.Get(ctx, beat)
			done <- err
		}()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) && !errors.Is(err, transport.ErrUnreachable) {
			t.Fatal(err)
		}
	}
	waiting := make(chan error)
	go func() { waiting <- c.Wait(context.Background(), "b/") }()
	c.Close()
	if err := <-waiting; !errors.Is(err, transport.ErrClosed) && !errors.Is(err, transport.ErrUnreachable) {
		t.Error(err)
	}
}

// still is a transport at which nothing ever changes: a Wait is under way until it is
// given up, and its number is taken that long.
type still struct{ transport.Transport }

func (still) Wait(ctx context.Context, _ ...string) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestServerRefuses: a line that tacit does not send ends the helper.
func TestServerRefuses(t *testing.T) {
	for _, said := range []string{
		"get 1 " + beat + "\n", "open 1 x\nopen 2 x\n", "open 1 x\nwait 2 b/\nwait 2 b/\n", "open 1\n", "open 1 x y\n", "open 1 x\nput 2 " + beat + " 99999999 0\n",
		"open 1 x\nput 2 " + beat + " -1 0\n", "open 1 x\nsteal 2 x\n", "open 1 x\nget 2\n", "\n", " \n", "open 1 x\nget 2 " + strings.Repeat("x", maxLine) + "\n",
		"open 1 x\nput 2 " + beat + " 5 0\nabc",
	} {
		err := Serve(context.Background(), strings.NewReader(said), io.Discard, func(context.Context, string) (transport.Transport, error) {
			return still{transport.NewMemory().Open()}, nil
		})
		if !errors.Is(err, ErrProtocol) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%.60q: %v", said, err)
		}
	}
}
