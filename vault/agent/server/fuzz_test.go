//go:build linux || darwin || freebsd

package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/keyring/kinds"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// canary is a value that no error may hold.
const canary = "canary-4e1f"

// A fuzzed agent serves whatever a target makes up, over one end of a pair of
// sockets: nobody is asked who they are.
type fuzzed struct {
	*server
	listener *listener
	panicked atomic.Pointer[string]
}

func newFuzzed(f *testing.F) *fuzzed {
	f.Helper()
	f.Setenv("PATH", f.TempDir()) // a slot of kind plugin finds no program
	fix := newFixture(f)
	v, err := vault.Open(f.Context(), fix.dir, vault.Options{Keys: []crypto.Key{fix.key}, Write: true, State: fix.state})
	fatal(f, err)
	f.Cleanup(func() { v.Close() })
	set(f, v, "CANARY", canary)
	z := &fuzzed{}
	l, err := sockets.Listen(fix.socket)
	fatal(f, err)
	lim := defaultLimits()
	lim.body, lim.batch, lim.changes, lim.names = 64<<10, 128<<10, 100, 100
	lim.waits, lim.yield = hang, time.Millisecond
	z.server, err = newServer(v, Options{
		Listeners: []net.Listener{l}, limits: &lim, Log: slog.New(panicWatch{slog.DiscardHandler, &z.panicked}),
		LockOptions: keyring.LockOptions{ScryptLogN: 1, TPM: "/nowhere", Kinds: kinds.All()},
	})
	fatal(f, err)
	z.listener = newListener(z.server, l, &scope{main: true})
	go z.http.Serve(z.listener)
	f.Cleanup(func() { z.http.Close(); z.cut() })
	return z
}

// panicWatch notes that net/http has recovered a handler's panic: it says so in
// its log and nowhere else.
type panicWatch struct {
	slog.Handler
	seen *atomic.Pointer[string]
}

func (w panicWatch) Enabled(context.Context, slog.Level) bool { return true }

func (w panicWatch) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "panic") {
		w.seen.CompareAndSwap(nil, &r.Message)
	}
	return nil
}

// pair is two ends of a connection.
func pair(t testing.TB) (a, b *net.UnixConn) {
	t.Helper()
	syscall.ForkLock.RLock() // a child of another test inherits neither
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	fatal(t, err)
	ends := [2]*net.UnixConn{}
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "pair")
		c, err := net.FileConn(f)
		f.Close()
		fatal(t, err)
		ends[i] = c.(*net.UnixConn)
	}
	return ends[0], ends[1]
}

// say sends bytes to the agent and returns all that it answers. Where they may
// be no whole request, over says that there is no more to come; to an agent that
// means that nobody waits for the answer.
func (z *fuzzed) say(t testing.TB, b []byte, over bool) []byte {
	t.Helper()
	ours, theirs := pair(t)
	defer ours.Close()
	g := &connection{Conn: theirs, scope: z.listener.scope, pool: z.listener.pool, listener: z.listener}
	if !z.listener.pool.take(g, z.listener.shut, z.listener.hand) {
		t.Fatal("no place")
	}
	ours.SetDeadline(time.Now().Add(time.Minute))
	go func() {
		ours.Write(b)
		if over {
			ours.CloseWrite()
		}
	}()
	said, err := io.ReadAll(ours)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the agent does not end: %v", err)
	}
	if p := z.panicked.Load(); p != nil {
		t.Fatal("a handler panicked: ", *p)
	}
	return said
}

// FuzzServer says anything to an agent. It answers in HTTP or hangs up, within
// its limits, and no error tells a value.
func FuzzServer(f *testing.F) {
	for _, req := range fuzzRequests {
		f.Add(fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: t\r\n%sContent-Length: %d\r\n\r\n%s", req.method, req.target, header(req.cond), len(req.body), req.body))
	}
	for _, s := range []string{
		"", "GET / HTTP/1.0\r\n\r\n", "GET /v1/status HTTP/1.1\r\n\r\n", "GET /v1/status HTTP/1.1\r\nHost: t\r\n\r\nGET /v1/policy HTTP/1.1\r\nHost: t\r\n\r\n",
		"PUT /v1/secrets/A HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n{\"value\":\"chunked\"}\r\n0\r\n\r\n",
		"PUT /v1/secrets/A HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n{}\n",
		"PUT /v1/secrets/A HTTP/1.1\r\nHost: t\r\nContent-Length: 9223372036854775807\r\n\r\n{",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /v1/../v1/secrets/%2e%2e HTTP/1.1\r\nHost: t\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET " + strings.Repeat("/", 20_000) + " HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 20_000) + "\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	z := newFuzzed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(z.say(t, b, true)))
		for {
			if _, err := r.Peek(1); err != nil {
				return
			}
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				return // an answer to HEAD has no body that its length announces
			}
			body, _ := io.ReadAll(resp.Body)
			checkAnswer(t, resp, body, false)
		}
	})
}

// checkAnswer holds an answer to the API's rules. What net/http answers by itself
// is no JSON.
func checkAnswer(t *testing.T, resp *http.Response, body []byte, json bool) {
	t.Helper()
	isJSON := strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json")
	if resp.StatusCode == http.StatusInternalServerError {
		t.Fatalf("status 500: %s", body)
	}
	if json && resp.StatusCode >= 400 && !isJSON {
		t.Fatalf("status %d, of type %q", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	if isJSON && resp.StatusCode >= 400 {
		if len(body) > 0 && code(body) == "" {
			t.Fatalf("status %d without a code: %.200q", resp.StatusCode, body)
		}
		if bytes.Contains(body, []byte(canary)) {
			t.Fatal("the error holds a value")
		}
	}
}

// fuzzRequests are requests for every route, the sound ones and others.
var fuzzRequests = []struct{ method, target, cond, body string }{
	{"GET", "/v1/status", "", ""},
	{"GET", "/v1/openapi.yaml", "", ""},
	{"GET", "/v1/secrets", "", ""},
	{"GET", "/v1/secrets?prefix=C&after=A&limit=2&details=1&deleted=1", "", ""},
	{"GET", "/v1/secrets?find=CaN&fuzzy=1", "", ""},
	{"GET", "/v1/secrets?limit=-1", "", ""},
	{"GET", "/v1/secrets/CANARY", "", ""},
	{"GET", "/v1/secrets/CANARY?version=1", "", ""},
	{"GET", "/v1/secrets/CANARY?version=18446744073709551616", "", ""},
	{"GET", "/v1/secrets/CANARY/history", "", ""},
	{"GET", "/v1/secrets/%2e%2e", "", ""},
	{"PUT", "/v1/secrets/A", "", `{"value":"text"}`},
	{"PUT", "/v1/secrets/A", "N*", `{"key":"A","value":{"$base64":"AAEC"},"kind":"bytes"}`},
	{"PUT", "/v1/secrets/A", "M*", `{"value":[1.50,"\ud800"],"kind":"json"}`},
	{"PUT", "/v1/secrets/A", `M"1"`, `{"value":null,"kind":"text"}`},
	{"PUT", "/v1/secrets/A", "", `{"value":"v","expires":"2030-01-01T00:00:00Z","labels":{"env":"prod","a":""},"same_worth":true}`},
	{"PATCH", "/v1/secrets/A", "", `{"keep":true,"expires":"never"}`},
	{"PATCH", "/v1/secrets/A", "", `{"value":"` + canary + `","x":1}`},
	{"PATCH", "/v1/secrets/A", `M"2"`, `{"value":"b"}`},
	{"DELETE", "/v1/secrets/A", "", ""},
	{"DELETE", "/v1/secrets/A?purge=1", "", ""},
	{"POST", "/v1/secrets/CANARY/rename", "", `{"to":"B","overwrite":true}`},
	{"POST", "/v1/secrets/CANARY/copy", "", `{"to":"../B"}`},
	{"POST", "/v1/secrets/CANARY/rollback", "", `{"version":1}`},
	{"POST", "/v1/secrets/CANARY/rollback", "", `{"version":-1}`},
	{"POST", "/v1/read", "", `{"names":["CANARY","A"]}`},
	{"POST", "/v1/read", "", `{"names":null}`},
	{"POST", "/v1/batch", "", "{\"name\":\"A\",\"value\":1,\"if\":\"version:0\"}\n\n{\"name\":\"B\",\"delete\":true}\n"},
	{"POST", "/v1/batch", "", `{"name":"A","value":"` + canary},
	{"GET", "/v1/used", "", ""},
	{"GET", "/v1/policy", "", ""},
	{"PUT", "/v1/policy", "", `{"max_value":100,"history":3}`},
	{"PUT", "/v1/policy", "", `{"max_value":1e400}`},
	{"POST", "/v1/verify", "", `{"full":true}`},
	{"GET", "/v1/slots", "", ""},
	{"POST", "/v1/slots", "", `{"label":"l","lock":{"kind":"passphrase","phrase":"YWJj"}}`},
	{"POST", "/v1/slots", "", `{"label":"l","lock":{"kind":"age","recipient":"age1"}}`},
	{"POST", "/v1/slots", "", `{"label":"l","lock":{"kind":"tpm","pin":"YQ==","pcrs":[0,7]}}`},
	{"POST", "/v1/slots", "", `{"label":"l","lock":{"kind":"plugin","recipient":"age1x1"}}`},
	{"PUT", "/v1/slots/l", "", `{"lock":{"kind":"recovery","phrase":"YS1iLWM="}}`},
	{"DELETE", "/v1/slots/l", "", ""},
	{"POST", "/v1/rotate", "", `{"drop_history":true,"drop":["x"],"locks":{"l":{"kind":"passphrase","phrase":"YWJj"}}}`},
	{"GET", "/v1/exposed", "", ""},
	{"GET", "/v1/groups", "", ""},
	{"POST", "/v1/grants", "", `{"only":["C*","[a-"],"read_only":true,"ttl_seconds":1}`},
	{"POST", "/v1/yield", "", ""},
	{"POST", "/v1/yield", "", `{"recipient":"age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq","unattended":true}`},
	{"POST", "/v1/lock", "", ""},
	{"TRACE", "/v1/nowhere", "", "{}"},
}

// header is a condition as a header: "N…" for If-None-Match, "M…" for If-Match.
func header(cond string) string {
	if text, ok := strings.CutPrefix(cond, "N"); ok {
		return "If-None-Match: " + text + "\r\n"
	}
	if text, ok := strings.CutPrefix(cond, "M"); ok {
		return "If-Match: " + text + "\r\n"
	}
	return ""
}

// oneLine makes text fit for a request's head.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}

// FuzzRequest asks well-formed HTTP with anything in it. The answer is one of
// the API's, and a value that is taken comes back as it was given.
func FuzzRequest(f *testing.F) {
	for _, req := range fuzzRequests {
		f.Add(req.method, req.target, req.cond, req.body)
	}
	z := newFuzzed(f)
	f.Fuzz(func(t *testing.T, method, target, cond, body string) {
		method, target, cond = oneLine(method), oneLine(target), oneLine(cond)
		if method == "" || method == "HEAD" || method == "CONNECT" || !strings.HasPrefix(target, "/") {
			return
		}
		ask := func(method, target, cond, body string) (*http.Response, []byte) {
			said := z.say(t, fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s",
				method, target, header(cond), len(body), body), false)
			resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(said)), &http.Request{Method: method})
			if err != nil {
				t.Fatalf("no answer: %v", err)
			}
			b, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatalf("half an answer: %v", err)
			}
			return resp, b
		}
		resp, b := ask(method, target, cond, body)
		checkAnswer(t, resp, b, resp.Header.Get("Content-Type") != "text/plain; charset=utf-8")
		if method != "PUT" || resp.StatusCode != http.StatusOK || !strings.HasPrefix(target, "/v1/secrets/") {
			return
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(target, "/v1/secrets/"), "?")
		_, b = ask("GET", "/v1/secrets/"+name, "", "")
		var put, got struct {
			Value json.RawMessage
		}
		if json.Unmarshal([]byte(body), &put) != nil || json.Unmarshal(b, &got) != nil {
			t.Fatal("what was stored is no JSON")
		}
		if !sameJSON(put.Value, got.Value) {
			t.Fatalf("%s became %s: %s", put.Value, got.Value, b)
		}
	})
}

// sameJSON compares what two texts say, to the last digit.
func sameJSON(a, b []byte) bool {
	parse := func(raw []byte) (v any, err error) {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		err = d.Decode(&v)
		return v, err
	}
	x, errA := parse(a)
	y, errB := parse(b)
	return errA == nil && errB == nil && fmt.Sprintf("%#v", x) == fmt.Sprintf("%#v", y)
}

// FuzzGrant: a glob that is taken matches without an error, and what a grant's
// prefix leaves out it does not allow.
func FuzzGrant(f *testing.F) {
	for _, c := range [][2]string{
		{"DB_*", "DB_URL"}, {"[a-c]?", "b1"}, {`\*`, "*"}, {"[", "x"}, {"", ""}, {"[^a]*", "b"}, {"a[]]", "a]"}, {"A", "A"}, {"[z-a]", "m"},
	} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, glob, name string) {
		g := wire.Grant{Only: []string{glob}}
		if err := g.Check("test"); err != nil {
			wantCode(t, err, vault.InvalidValue)
			return
		}
		if g.Full() {
			t.Fatal("a grant for some names is for all")
		}
		if g.Allows(name) && crypto.CheckName(name) == nil && !strings.HasPrefix(name, g.Prefix()) {
			t.Fatalf("%q allows %q, which does not begin with %q", glob, name, g.Prefix())
		}
	})
}
