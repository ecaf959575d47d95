package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// clients write through an agent.
type clients struct {
	m      *machine
	pad    string
	socket string
	http   *http.Client
	first  []int // the last number of each client that was there before
	acked  []int // and that was acknowledged
	count  atomic.Int64
}

func newClients(m *machine, n int, pad string) *clients {
	socket, ok := sockets.Path(func(name string) string {
		for _, v := range m.command().Env {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}, m.dir)
	if !ok {
		m.t.Fatal("no place for the agent's socket")
	}
	c := &clients{m: m, pad: pad, socket: socket, first: make([]int, n), acked: make([]int, n)}
	c.http = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
		MaxIdleConnsPerHost: n,
	}}
	for i := range n {
		c.first[i] = number(m.state.values[clientName(i)])
		c.acked[i] = c.first[i]
	}
	return c
}

func clientName(i int) string { return "AGENT" + strconv.Itoa(i) }

// number is what a client's value begins with.
func number(value string) int {
	digits, _, _ := strings.Cut(value, " ")
	n, _ := strconv.Atoi(digits)
	return n
}

// start lets the clients write until the agent is gone; stop waits for them.
func (c *clients) start() (stop func()) {
	var wg sync.WaitGroup
	over := make(chan struct{})
	for i := range c.first {
		wg.Go(func() { c.run(i, over) })
	}
	return func() {
		close(over)
		wg.Wait()
		c.http.CloseIdleConnections()
	}
}

// await waits until so many writes were acknowledged, or for so long.
func (c *clients) await(n int, limit time.Duration) {
	for begun := time.Now(); c.count.Load() < int64(n) && time.Since(begun) < limit; {
		time.Sleep(time.Millisecond)
	}
}

func (c *clients) run(i int, over <-chan struct{}) {
	for {
		err := c.put(clientName(i), fmt.Sprint(c.acked[i]+1, " ", c.pad))
		if err == nil {
			c.acked[i]++
			c.count.Add(1)
			continue
		}
		// Before it listens nothing answers; after it has answered once, nothing
		// is tried again: the write may have happened.
		if c.acked[i] > c.first[i] || !errors.Is(err, fs.ErrNotExist) && !isRefused(err) {
			return
		}
		select {
		case <-over:
			return
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (c *clients) put(name, value string) error {
	body, err := json.Marshal(map[string]string{"key": name, "value": value})
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPut, "http://tacit/v1/secrets/"+name, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// check asks that each client's last acknowledged write is there, or the one
// after it, and returns how many were acknowledged.
func (c *clients) check() (acknowledged int) {
	c.m.t.Helper()
	got := c.m.look()
	for i, n := range c.acked {
		name := clientName(i)
		there := number(got.values[name])
		if there != n && there != n+1 {
			c.m.t.Fatalf("%s is at %d, acknowledged was %d", name, there, n)
		}
		if there > 0 {
			c.m.state.values[name] = got.values[name]
		}
		acknowledged += n - c.first[i]
	}
	c.m.settle(deed{}, false)
	return acknowledged
}

// isRefused: the socket is there, of an agent that was killed.
func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
