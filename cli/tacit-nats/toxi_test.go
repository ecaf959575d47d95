package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// network is a connection to a server, which can be made bad.
type network struct {
	t    *testing.T
	api  string
	port int
}

// badNetwork starts a proxy before a server.
func badNetwork(t *testing.T, s *server) *network {
	t.Helper()
	program := os.Getenv("TACIT_TEST_TOXIPROXY")
	if program == "" {
		t.Skip("TACIT_TEST_TOXIPROXY names no proxy")
	}
	n := &network{t: t, port: freePort(t)}
	api := freePort(t)
	n.api = fmt.Sprintf("http://127.0.0.1:%d", api)
	cmd := exec.Command(program, "-host", "127.0.0.1", "-port", fmt.Sprint(api))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for end := time.Now().Add(patience); ; { // it does not say when it listens
		response, err := http.Get(n.api + "/version")
		if err == nil {
			response.Body.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		_ = pause(context.Background(), tryPause/10)
	}
	n.ask("POST", "/proxies", map[string]any{"name": "nats", "listen": fmt.Sprintf("127.0.0.1:%d", n.port), "upstream": fmt.Sprintf("127.0.0.1:%d", s.port), "enabled": true})
	return n
}

// ask asks the proxy.
func (n *network) ask(method, path string, body any) {
	n.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		n.t.Fatal(err)
	}
	request, err := http.NewRequest(method, n.api+path, strings.NewReader(string(b)))
	if err != nil {
		n.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		n.t.Fatal(err)
	}
	defer response.Body.Close()
	if said, _ := io.ReadAll(response.Body); response.StatusCode >= 300 {
		n.t.Fatalf("%s %s: %s", method, path, said)
	}
}

func (n *network) address() string { return fmt.Sprintf("nats://127.0.0.1:%d", n.port) }

// cut cuts every connection, and lets none be made.
func (n *network) cut() { n.ask("POST", "/proxies/nats", map[string]any{"enabled": false}) }

func (n *network) mend() { n.ask("POST", "/proxies/nats", map[string]any{"enabled": true}) }

// toxic makes what comes from the server bad.
func (n *network) toxic(kind string, attributes map[string]any) {
	n.ask("POST", "/proxies/nats/toxics", map[string]any{"name": kind, "type": kind, "attributes": attributes})
}

func (n *network) clean(kind string) { n.ask("DELETE", "/proxies/nats/toxics/"+kind, nil) }

// TestBadNetwork: what is put over a bad network is stored once or said to be unreachable;
// what is heard of, and what was missed, is there in the end.
func TestBadNetwork(t *testing.T) {
	t.Parallel()
	s := alone(t, "")
	n := badNetwork(t, s)
	far, near := opened(t, n.address()), opened(t, s.address())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	feed := transport.FeedPrefix(group, member)
	again(t, func() error { return far.Wait(ctx, feed) })
	next := 0
	for _, bad := range []struct {
		name       string
		make, mend func()
	}{
		{"cut", n.cut, n.mend},
		{"slow", func() { n.toxic("latency", map[string]any{"latency": 300, "jitter": 100}) }, func() { n.clean("latency") }},
		{"reset", func() { n.toxic("reset_peer", map[string]any{"timeout": 0}) }, func() { n.clean("reset_peer") }},
		{"silent", func() { n.toxic("timeout", map[string]any{"timeout": 0}) }, func() { n.clean("timeout") }},
	} {
		bad.make()
		// The network is mended while far tries.
		next += 2
		tried := make(chan error)
		go func(key string) {
			short, end := context.WithTimeout(ctx, tryWait)
			defer end()
			tried <- far.Put(short, key, []byte("from far"), nil)
		}(change(next))
		put(t, near, change(next-1), "from near")
		if err := <-tried; err != nil && !errors.Is(err, transport.ErrUnreachable) && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", bad.name, err)
		}
		bad.mend()
		again(t, func() error { return far.Put(ctx, change(next), []byte("from far"), nil) })
		want(t, near, change(next), "from far")
		if err := far.Wait(ctx, feed); err != nil {
			t.Errorf("%s: %v", bad.name, err)
		}
		want(t, far, change(next-1), "from near")
	}
	var list []string
	if err := answered(func() (err error) { list, err = near.List(ctx, feed, ""); return err }); err != nil || len(list) != next {
		t.Errorf("%d keys, want %d; %v", len(list), next, err)
	}
}
