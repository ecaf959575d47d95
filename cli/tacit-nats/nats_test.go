package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/helper"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
	"github.com/tacit-vault/tacit/vault/group/transport/transporttest"
)

// payload is what a server takes unless it is told otherwise.
const payload = 1 << 20

// TestNATS is the suite on a real server.
func TestNATS(t *testing.T) {
	t.Parallel()
	program(t)
	transporttest.Run(t, func(t *testing.T) transporttest.Place {
		s := alone(t, "")
		return transporttest.Place{MaxData: payload - headroom, Slow: true, Lingers: true, Open: func(t *testing.T) transport.Transport {
			c, err := open(context.Background(), s.address())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}}
	})
}

// TestProcess carries through the program itself, as tacit starts it.
func TestProcess(t *testing.T) {
	t.Parallel()
	s := alone(t, "")
	built := filepath.Join(t.TempDir(), "tacit-nats")
	if runtime.GOOS == "windows" {
		built += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var users []*helper.Client
	for range 2 {
		c, err := helper.Open(context.Background(), built, s.address())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		users = append(users, c)
	}
	if err := users[1].Wait(context.Background(), transport.FeedPrefix(group, member)); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 20; n++ {
		put(t, users[0], change(n), fmt.Sprint("bundle ", n))
		if err := users[1].Wait(context.Background(), transport.FeedPrefix(group, member)); err != nil {
			t.Fatal(err)
		}
		want(t, users[1], change(n), fmt.Sprint("bundle ", n))
	}
	if _, err := helper.Open(context.Background(), built, "nats://127.0.0.1:1"); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	}
	s.kill()
	if err := users[0].Put(context.Background(), change(99), []byte("x"), nil); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("the server is gone: %v", err)
	}
}

// TestSettings: a stream that is set otherwise is refused by what is wrong, and setup
// mends it without losing a message.
func TestSettings(t *testing.T) {
	t.Parallel()
	s := start(t, jetStream)
	ctx, cancel := context.WithTimeout(context.Background(), patience) // by itself the library waits for less
	defer cancel()
	if err := answered(func() error { _, err := open(ctx, s.address()); return err }); !errors.Is(err, transport.ErrSetup) || !strings.Contains(err.Error(), "tacit-nats setup") {
		t.Errorf("no stream: %v", err)
	}
	admin, err := connect(s.address())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	for what, change := range map[string]func(c *jetstream.StreamConfig){
		"max_msgs_per_subject": func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 5 },
		"allow_direct":         func(c *jetstream.StreamConfig) { c.AllowDirect = false },
		"discard":              func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld },
		"republish":            func(c *jetstream.StreamConfig) { c.RePublish = nil },
		"max_age":              func(c *jetstream.StreamConfig) { c.MaxAge = 1e12 },
		"subjects":             func(c *jetstream.StreamConfig) { c.Subjects = []string{"tacit.w.>"} },
	} {
		config := wanted(1)
		change(&config)
		if _, err := admin.js.CreateStream(ctx, config); err != nil {
			t.Fatal(what, err)
		}
		if _, err := admin.js.Publish(ctx, stream.Subject(transport.ChangesKey(group, member, 1)), []byte("kept")); err != nil {
			t.Fatal(what, err)
		}
		if err := answered(func() error { _, err := open(ctx, s.address()); return err }); !errors.Is(err, transport.ErrSetup) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
		if err := answered(func() error { return setup(ctx, s.address(), 0, io.Discard) }); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		want(t, opened(t, s.address()), transport.ChangesKey(group, member, 1), "kept")
		if err := admin.js.DeleteStream(ctx, stream.Name); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMadeAnew: while the stream is gone this says so; what is put afterwards is heard,
// without connecting again.
func TestMadeAnew(t *testing.T) {
	t.Parallel()
	s := alone(t, "")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a, b := opened(t, s.address()), opened(t, s.address())
	put(t, a, change(1), "one")
	if err := b.Wait(ctx, "w/"); err != nil {
		t.Fatal(err)
	}
	if err := a.js.DeleteStream(ctx, stream.Name); err != nil {
		t.Fatal(err)
	}
	_, list := a.List(ctx, "", "")
	for what, err := range map[string]error{"Put": a.Put(ctx, change(2), []byte("two"), nil), "List": list} {
		if !errors.Is(err, transport.ErrSetup) {
			t.Errorf("%s without a stream: %v", what, err)
		}
	}
	if _, err := a.Get(ctx, change(1)); err == nil {
		t.Error("a stream that is gone answers")
	}
	if err := setup(ctx, s.address(), 0, io.Discard); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Get(ctx, change(1)); !errors.Is(err, transport.ErrNone) {
		t.Errorf("a new stream: %v", err)
	}
	put(t, a, change(3), "three")
	if err := b.Wait(ctx, "w/"); err != nil {
		t.Fatal(err)
	}
	want(t, b, change(3), "three")
}

// TestRefusedIsNotLive: what the stream refused is not among what comes by itself.
func TestRefusedIsNotLive(t *testing.T) {
	t.Parallel()
	s := alone(t, "")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a, b := opened(t, s.address()), opened(t, s.address())
	if err := b.Wait(ctx, "w/"); err != nil {
		t.Fatal(err)
	}
	put(t, a, change(1), "true")
	if err := a.Put(ctx, change(1), []byte("fork"), nil); !errors.Is(err, transport.ErrTaken) {
		t.Fatal(err)
	}
	put(t, a, change(2), "later")
	for b.news.peek(change(2)) == nil {
		if err := b.Wait(ctx, "w/"); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(b.news.peek(change(1))); got != "true" {
		t.Errorf("what came by itself is %q", got)
	}
	want(t, b, change(1), "true")
}

// any tells whether something is kept.
func (n *news) any() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.kept) > 0
}

// peek is take, and leaves it.
func (n *news) peek(key string) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.kept[key]
}

// TestFull: a full stream refuses, and keeps what it has acknowledged.
func TestFull(t *testing.T) {
	t.Parallel()
	s := alone(t, "")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a := opened(t, s.address())
	config := a.found().CachedInfo().Config
	config.MaxBytes = 20_000
	if _, err := a.js.UpdateStream(ctx, config); err != nil {
		t.Fatal(err)
	}
	var err error
	n := 0
	for data := strings.Repeat("x", 1000); err == nil && n < 100; {
		n++
		err = a.Put(ctx, change(n), []byte(data), nil)
	}
	if !errors.Is(err, transport.ErrFull) {
		t.Fatalf("after %d: %v", n, err)
	}
	if list, err := a.List(ctx, "", ""); err != nil || len(list) != n-1 {
		t.Errorf("%d were acknowledged, %d are there; %v", n-1, len(list), err)
	}
}

func TestAddress(t *testing.T) {
	for s, want := range map[string]address{
		"nats://host":                                {server: "nats://host"},
		"tls://host:4443":                            {server: "tls://host:4443"},
		"nats://[::1]:4222?creds=/a/b.creds":         {server: "nats://[::1]:4222", creds: "/a/b.creds"},
		"tls://host?ca=/a%20b/ca.pem&creds=/c.creds": {server: "tls://host", creds: "/c.creds", ca: "/a b/ca.pem"},
	} {
		if a, err := parseAddress(s); runtime.GOOS != "windows" && (err != nil || a != want) {
			t.Errorf("%s: %+v, %v", s, a, err)
		}
	}
	for _, s := range []string{
		"", "host", "http://host", "nats://", "nats://user:s3cret@host", "nats://token@host", "nats://host/path", "nats://host#x", "nats:host",
		"nats://host?creds=relative", "nats://host?creds=/a&creds=/b", "nats://host?password=/x", "nats://host?creds=", "nats://host?%zz", "nats://ho st", "ws://host",
	} {
		a, err := parseAddress(s)
		if !errors.Is(err, transport.ErrKey) {
			t.Errorf("%q: %+v, %v", s, a, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("a password is said: %v", err)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("nats://host:4222?creds=/a&ca=/b")
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := parseAddress(s); err == nil && (strings.Contains(a.server, "@") || a.creds != "" && !filepath.IsAbs(a.creds)) {
			t.Errorf("%q: %+v", s, a)
		}
	})
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"setup"}, {"setup", "a", "b"}, {"setup", "--replicas", "9", "nats://x"}, {"setup", "--no", "x"}} {
		if err := run(context.Background(), args, strings.NewReader(""), io.Discard); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
}
