//go:build linux || darwin || freebsd

package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// TestKilled kills the agent under its clients. What it acknowledged is there,
// and the next agent takes its place.
func TestKilled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cmd := f.child(t, "serve")
	c := f.dialSoon()
	set(t, c, "A", "1")
	var all, reading sync.WaitGroup
	for range 4 {
		other := f.dialSoon()
		reading.Add(1)
		all.Go(func() {
			for n := 0; ; n++ {
				_, err := other.Read(context.Background(), "A")
				if n == 0 {
					reading.Done()
				}
				if err != nil {
					if !isGone(err) {
						t.Errorf("a read under the kill: %v", err)
					}
					return
				}
			}
		})
	}
	reading.Wait()
	cmd.Process.Kill()
	cmd.Wait()
	all.Wait()
	_, err := c.Read(t.Context(), "A")
	if !isGone(err) {
		t.Errorf("afterwards: %v", err)
	}
	if !exists(f.socket) {
		t.Fatal("the killed agent's socket is not there: the test tests nothing")
	}
	_, err = agent.Dial(t.Context(), f.socket)
	wantIs(t, err, sockets.ErrNone)
	a := f.start()
	if sec, err := plain(a.Read(t.Context(), "A")); err != nil || sec.Bytes != "1" {
		t.Errorf("%+v, %v", sec, err)
	}
}

func isGone(err error) bool {
	return err != nil && (strings.Contains(err.Error(), agent.ErrGone.Error()) || strings.Contains(err.Error(), sockets.ErrNone.Error()))
}

// TestVaultGone deletes the vault, or puts another in its place, beneath the
// agent. The client learns which, and the agent ends.
func TestVaultGone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(t *testing.T, f *fixture)
		want   vault.Code
	}{
		"deleted": {func(t *testing.T, f *fixture) { fatal(t, os.RemoveAll(f.dir)) }, vault.VaultMissing},
		"moved":   {func(t *testing.T, f *fixture) { fatal(t, os.Rename(f.dir, f.dir+"2")) }, vault.VaultMissing},
		"replaced": {func(t *testing.T, f *fixture) {
			other := newFixture(t)
			fatal(t, os.Rename(f.dir, f.dir+"2"))
			fatal(t, os.Rename(other.dir, f.dir))
		}, vault.Substituted},
	} {
		t.Run(name, func(t *testing.T) {
			a := newFixture(t).start(unseen(t)) // or it may have ended before it is asked
			set(t, a, "A", "1")
			tc.change(t, a.fixture)
			_, err := a.Read(t.Context(), "A")
			wantCode(t, err, tc.want)
			wantCode(t, a.wait(), tc.want)
			if exists(a.socket) {
				t.Error("the socket stays")
			}
			if _, err := a.vault.Read(t.Context(), "A"); err == nil {
				t.Error("the vault is still open")
			}
		})
	}
}

// TestGarbage sends what no client sends. The agent answers or hangs up, and
// serves the next one.
func TestGarbage(t *testing.T) {
	a := newFixture(t).start()
	set(t, a, "A", "1")
	// One that waits less, for what keeps it waiting.
	hasty := newFixture(t).start(shortLimits(func(l *limits) { l.bodyTime, l.headerTime = 3*time.Second, 3*time.Second }))
	set(t, hasty, "A", "1")
	const canary = "CANARY-in-a-body"
	big := strings.Repeat("x", 10<<20)
	head := "PUT /v1/secrets/B HTTP/1.1\r\nHost: tacit\r\n"
	type garbage struct {
		send string
		want []int // statuses; 0: it hangs up
	}
	unfinished := map[string]garbage{
		"bad chunks":     {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", []int{408}},
		"half a body":    {head + "Content-Length: 100\r\n\r\n{", []int{408}},
		"nothing at all": {"", []int{0}},
		"half a header":  {"GET /v1/st", []int{400}},
	}
	all := map[string]garbage{
		"noise":               {"\x00\x01\x02\xff\r\n\r\n", []int{400}},
		"tls":                 {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
		"endless line":        {big, []int{400, 431, 0}},
		"large header":        {"GET /v1/status HTTP/1.1\r\nHost: tacit\r\nX: " + big[:20<<10] + "\r\n\r\n", []int{431}},
		"many headers":        {"GET /v1/status HTTP/1.1\r\nHost: tacit\r\n" + strings.Repeat("X: y\r\n", 5000) + "\r\n", []int{431}},
		"http 0.9":            {"GET /v1/status\r\n\r\n", []int{400}},
		"http 2":              {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400, 404, 505}},
		"no host":             {"GET /v1/status HTTP/1.1\r\n\r\n", []int{400}},
		"no route":            {"GET /v2/status HTTP/1.1\r\nHost: tacit\r\n\r\n", []int{404}},
		"other method":        {"DELETE /v1/status HTTP/1.1\r\nHost: tacit\r\n\r\n", []int{405}},
		"dirty path":          {"GET /v1//status HTTP/1.1\r\nHost: tacit\r\n\r\n", []int{404}},
		"dots":                {"GET /v1/secrets/../secrets/A HTTP/1.1\r\nHost: tacit\r\n\r\n", []int{404}},
		"name with a slash":   {"GET /v1/secrets/a%2fb HTTP/1.1\r\nHost: tacit\r\n\r\n", []int{400}},
		"name of its own":     {"GET /v1/secrets/.removed HTTP/1.1\r\nHost: tacit\r\n\r\n", []int{400}},
		"two lengths":         {head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", []int{400}},
		"length and chunks":   {head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400}},
		"negative length":     {head + "Content-Length: -1\r\n\r\n", []int{400}},
		"no body":             {head + "\r\n", []int{400}},
		"no JSON":             {head + "Content-Length: 16\r\n\r\n" + canary, []int{400}},
		"no object":           {head + "Content-Length: 18\r\n\r\n\"" + canary + `"`, []int{400}},
		"member unknown":      {head + body(`{"value":"`+canary+`","x":1}`), []int{400}},
		"value missing":       {head + body(`{"kind":"text"}`), []int{400}},
		"kind unknown":        {head + body(`{"value":"`+canary+`","kind":"wine"}`), []int{400}},
		"kind of another":     {head + body(`{"value":["`+canary+`"],"kind":"text"}`), []int{400}},
		"key of another":      {head + body(`{"value":"`+canary+`","key":"C"}`), []int{400}},
		"10 MB":               {head + body(`{"value":"`+big+`"}`), []int{413}},
		"10 MB in chunks":     {head + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(big), big), []int{413}},
		"deep":                {head + body(`{"value":`+strings.Repeat("[", 1<<20)+`}`), []int{400}},
		"bad condition":       {head + "If-Match: 7\r\n" + body(`{"value":"x"}`), []int{400}},
		"two conditions":      {head + "If-Match: *\r\nIf-None-Match: *\r\n" + body(`{"value":"x"}`), []int{400}},
		"version of letters":  {"GET /v1/secrets/A?version=x HTTP/1.1\r\nHost: tacit\r\n\r\n", []int{400}},
		"limit of letters":    {"GET /v1/secrets?limit=x HTTP/1.1\r\nHost: tacit\r\n\r\n", []int{400}},
		"batch of noise":      {"POST /v1/batch HTTP/1.1\r\nHost: tacit\r\n" + body("{}\nnoise\n"), []int{400}},
		"batch without value": {"POST /v1/batch HTTP/1.1\r\nHost: tacit\r\n" + body(`{"name":"B"}`), []int{400}},
		"grant of everything": {"POST /v1/grants HTTP/1.1\r\nHost: tacit\r\n" + body(`{}`), []int{400}},
		"grant of no glob":    {"POST /v1/grants HTTP/1.1\r\nHost: tacit\r\n" + body(`{"only":["[a"]}`), []int{400}},
	}
	try := func(t *testing.T, a *agentProcess, tc garbage) {
		t.Parallel()
		r := rawAt(t, a.socket)
		go io.WriteString(r, tc.send) // the agent may not take it all
		status, answer := r.reply()
		if !slices.Contains(tc.want, status) {
			t.Errorf("status %d, want %v: %.300s", status, tc.want, answer)
		}
		if strings.Contains(string(answer), "CANARY") {
			t.Errorf("the answer holds what was sent: %s", answer)
		}
		if _, err := a.Read(t.Context(), "A"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
	t.Run("each", func(t *testing.T) {
		for name, tc := range all {
			t.Run(name, func(t *testing.T) { try(t, a, tc) })
		}
		for name, tc := range unfinished {
			t.Run(name, func(t *testing.T) { try(t, hasty, tc) })
		}
	})
	for _, agent := range []*agentProcess{a, hasty} {
		if infos, err := agent.List(t.Context(), vault.ListOptions{Deleted: true}); err != nil || len(infos) != 1 {
			t.Errorf("something was stored: %+v, %v", infos, err)
		}
	}
}

// body is a header's end and a body.
func body(s string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(s), s) }

// TestManyClients has 200 clients at once, each of which reads, writes and keeps
// its connection: more than there are places.
func TestManyClients(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	fill(t, a.vault, 200)
	clients := 200
	if testing.Short() {
		clients = 50
	}
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			c, err := agent.Dial(context.Background(), a.socket)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for n := range 5 {
				if _, err := c.Read(context.Background(), secretName((i+n)%200)); err != nil {
					t.Errorf("client %d: %v", i, err)
					return
				}
			}
			if i%10 == 0 {
				_, err = c.Set(context.Background(), secretName(i), vault.Text("changed"))
			}
			if err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// TestPool fills every place with connections that ask nothing. The next one gets a
// place all the same, and one beyond the backlog none.
func TestPool(t *testing.T) {
	t.Parallel()
	s := newPool(2, 1)
	shut, hand := make(chan struct{}), make(chan *connection, 3)
	defer close(shut)
	take := func() (*connection, bool) {
		_, theirs := pair(t)
		g := &connection{Conn: theirs, pool: s}
		return g, s.take(g, shut, func(g *connection) { hand <- g })
	}
	for range 2 {
		if _, ok := take(); !ok {
			t.Fatal("no place")
		}
	}
	silent := []*connection{<-hand, <-hand}
	waiting, ok := take()
	if !ok {
		t.Fatal("nobody can wait")
	}
	if _, ok := take(); ok {
		t.Error("one too many waits")
	}
	for _, g := range silent {
		noteState(g, http.StateNew)
		go func() { // as the HTTP server does
			if _, err := g.Read(make([]byte, 1)); err != nil {
				g.Close()
			}
		}()
	}
	if <-hand != waiting {
		t.Error("another got the place")
	}
}

// TestDismiss: who has asked already is not sent away, and nor is who asks at
// that moment.
func TestDismiss(t *testing.T) {
	t.Parallel()
	ours, theirs := pair(t)
	g := &connection{Conn: theirs, pool: newPool(1, 0)}
	b := make([]byte, 10)
	for _, asks := range []bool{true, false} {
		noteState(g, http.StateIdle)
		if asks {
			fmt.Fprint(ours, "x")
		}
		g.dismiss(0)
		switch _, err := g.Read(b); {
		case asks && err != nil:
			t.Errorf("it had asked: %v", err)
		case !asks && !errors.Is(err, os.ErrDeadlineExceeded):
			t.Errorf("it had not asked: %v", err)
		}
	}
	noteState(g, http.StateActive) // what it asked had been read
	fmt.Fprint(ours, "x")
	g.dismiss(0)
	if _, err := g.Read(b); err != nil {
		t.Errorf("in the middle of a request: %v", err)
	}
}

// TestTurnedAway is told to one beyond the backlog. Who waits gets the place of who
// has done with it.
func TestTurnedAway(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start(shortLimits(func(l *limits) { l.own.conns, l.own.backlog = 1, 1 }))
	set(t, a, "A", "1")
	a.Close()
	release, err := a.dial().Yield(t.Context()) // has the one place
	fatal(t, err)
	waiting := a.raw()
	if status, b := a.raw().ask("GET", "/v1/status", ""); status != 503 || code(b) != "busy" {
		t.Errorf("beyond the backlog: %d %s", status, b)
	}
	release()
	if status, b := waiting.ask("GET", "/v1/secrets/A", ""); status != 200 {
		t.Errorf("who waited: %d %s", status, b)
	}
}

// TestAskedAgain closes a connection under a client. What nobody has read is asked
// again, and so is what changes nothing; else the client says that the agent is
// gone, for it may have been done.
func TestAskedAgain(t *testing.T) {
	for name, tc := range map[string]struct{ changes, read, again bool }{
		"a change":         {true, false, runtime.GOOS == "linux"},
		"a change, read":   {true, true, false},
		"a question":       {false, false, true},
		"a question, read": {false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{t: t, socket: filepath.Join(t.TempDir(), "run", "agent"+sockets.Suffix)}
			l, err := sockets.Listen(f.socket)
			fatal(t, err)
			defer l.Close()
			go func() {
				c, err := l.Accept()
				for err == nil && !sockets.Waits(c.(*net.UnixConn)) {
					time.Sleep(time.Millisecond)
				}
				for first := true; err == nil; first = false {
					if !first || tc.read {
						http.ReadRequest(bufio.NewReader(c))
					}
					if !first {
						io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
					}
					c.Close()
					c, err = l.Accept()
				}
			}()
			c := f.dial()
			if tc.changes {
				_, err = c.Grant(t.Context(), wire.Grant{ReadOnly: true}, 0)
			} else {
				_, err = c.AgentStatus(t.Context())
			}
			if tc.again {
				fatal(t, err)
			} else {
				wantIs(t, err, agent.ErrGone)
			}
		})
	}
}

// TestSlowReader asks for much and does not read it. It does not keep others
// from the vault, and is cut off, which is what ends its use of the vault.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start(shortLimits(func(l *limits) { l.writeTime = 2 * time.Second }))
	changes := make([]vault.Change, 200)
	for i := range changes {
		changes[i] = vault.Change{Name: secretName(i), Value: vault.Text(strings.Repeat("x", 10_000))}
	}
	if _, err := a.Apply(t.Context(), changes, nil); err != nil {
		t.Fatal(err)
	}
	r := a.raw()
	r.say("POST /v1/read HTTP/1.1\r\nHost: tacit\r\nContent-Length: 0\r\n\r\n")
	if _, err := r.r.Peek(1); err != nil { // the answer has begun: the vault is in use
		t.Fatal(err)
	}
	set(t, a, "A", "1")
	release, err := a.Yield(t.Context()) // waits until nobody uses the vault
	fatal(t, err)
	release()
	_, answer := r.reply()
	if strings.Contains(string(answer), `{"end":`) {
		t.Error("it got everything: the test tests nothing")
	}
}

// TestHangUp hangs up in the middle of everything.
func TestHangUp(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	fill(t, a.vault, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := a.ReadEach(ctx, nil, func(vault.Secret) error {
		if n++; n == 300 {
			cancel()
		}
		return nil
	})
	wantIs(t, err, context.Canceled)
	stop := fmt.Errorf("enough")
	wantIs(t, a.ReadEach(t.Context(), nil, func(vault.Secret) error { return stop }), stop)
	if _, err := a.Read(t.Context(), secretName(1)); err != nil {
		t.Error(err)
	}
	// A call of the client inside a stream of its own.
	n = 0
	err = a.ReadEach(t.Context(), nil, func(sec vault.Secret) error {
		if n++; n%100 > 0 {
			return nil
		}
		_, err := a.Read(t.Context(), sec.Name)
		return err
	})
	fatal(t, err)
	if n != 1000 {
		t.Errorf("%d secrets", n)
	}
}

// TestIdleConnection is closed by the agent, and made anew by the client.
func TestIdleConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a := f.start(shortLimits(func(l *limits) { l.idleTime = 100 * time.Millisecond }))
	set(t, a, "A", "1")
	later := f.raw() // closed after the client's
	later.ask("GET", "/v1/status", "")
	soon(t, func() bool { return sockets.HungUp(later.Conn.(*net.UnixConn)) })
	set(t, a, "A", "2")
	if sec, err := plain(a.Read(t.Context(), "A")); err != nil || sec.Version != 2 {
		t.Errorf("%+v, %v", sec, err)
	}
}
