//go:build linux || darwin || freebsd

package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// sieges are ways to keep an agent waiting, each a program that has a socket for
// reading only.
var sieges = map[string]func(r *raw){
	"says nothing":       func(*raw) {},
	"half a header":      func(r *raw) { r.say("GET /v1/status HTTP/1.1\r\nHost: ta") },
	"no body":            func(r *raw) { r.say("POST /v1/read HTTP/1.1\r\nHost: tacit\r\nContent-Length: 100\r\n\r\n{") },
	"no body, unasked":   func(r *raw) { r.say("GET /v1/status HTTP/1.1\r\nHost: tacit\r\nContent-Length: 100\r\n\r\n") },
	"no body, denied":    func(r *raw) { r.say("PUT /v1/policy HTTP/1.1\r\nHost: tacit\r\nContent-Length: 100\r\n\r\n") },
	"no body, no route":  func(r *raw) { r.say("GET /v9 HTTP/1.1\r\nHost: tacit\r\nContent-Length: 100\r\n\r\n") },
	"no chunks":          func(r *raw) { r.say("POST /v1/read HTTP/1.1\r\nHost: tacit\r\nTransfer-Encoding: chunked\r\n\r\n") },
	"a large body":       func(r *raw) { r.say("POST /v1/read HTTP/1.1\r\nHost: tacit\r\nContent-Length: 8000000\r\n\r\n{") },
	"answer is not read": func(r *raw) { r.say("POST /v1/read HTTP/1.1\r\nHost: tacit\r\nContent-Length: 0\r\n\r\n") },
	"answers are not read": func(r *raw) {
		go r.say("%s", strings.Repeat("GET /v1/openapi.yaml HTTP/1.1\r\nHost: tacit\r\n\r\n", 1000))
	},
	"drips": func(r *raw) {
		r.say("POST /v1/read HTTP/1.1\r\nHost: tacit\r\nContent-Length: 100000\r\n\r\n")
		go func() {
			for range time.Tick(50 * time.Millisecond) {
				if _, err := r.Write([]byte(" ")); err != nil {
					return
				}
			}
		}()
	},
}

// besieged is an agent that is patient with everybody, longer than a test waits: it is
// what it does for those who are kept from it that ends a siege, and no limit of time. But
// a body that does not come after an answer is waited for as long as a body may take: less
// here than in production.
var besieged = shortLimits(func(l *limits) {
	l.drain = 100 * time.Millisecond
	l.headerTime, l.idleTime, l.writeTime = 2*hang, 2*hang, 2*hang
	l.bodyTime = 10 * time.Second
})

// TestSiege: what a program does through a socket for less keeps nobody else from
// the agent: not from reading, not from having the vault alone, not from locking
// it. And it takes its own socket from those besides it for a moment only.
func TestSiege(t *testing.T) {
	t.Parallel()
	for name, siege := range sieges {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "no body" && name != "answer is not read" {
				t.Skip("NOT checked: the other sieges")
			}
			a := newFixture(t).start(besieged)
			changes := make([]vault.Change, 200)
			for i := range changes {
				changes[i] = vault.Change{Name: secretName(i), Value: vault.Text(strings.Repeat("x", 10_000))}
			}
			if _, err := a.Apply(t.Context(), changes, nil); err != nil {
				t.Fatal(err)
			}
			path, err := a.Grant(t.Context(), wire.Grant{ReadOnly: true}, 0)
			fatal(t, err)
			other := grantOf(t, a.Client, wire.Grant{ReadOnly: true})
			l := defaultLimits()
			for range l.less.conns + l.less.backlog/2 {
				siege(rawAt(t, path))
			}
			ctx, cancel := context.WithTimeout(t.Context(), hang)
			defer cancel()
			if _, err := a.dial().Read(ctx, secretName(1)); err != nil {
				t.Errorf("a read: %v", err)
			}
			if _, err := other.Read(ctx, secretName(1)); err != nil {
				t.Errorf("a read through another socket for less: %v", err)
			}
			c, err := agent.Dial(ctx, path)
			fatal(t, err)
			if _, err := c.Read(ctx, secretName(1)); err != nil {
				t.Errorf("a read through the same socket: %v", err)
			}
			c.Close()
			release, err := a.dial().Yield(ctx)
			if err != nil {
				t.Errorf("to have the vault alone: %v", err)
			} else {
				release()
			}
			fatal(t, a.dial().Lock(ctx))
			fatal(t, a.wait())
		})
	}
}

// TestSiegeOfItsOwn fills the agent's own socket. Who comes later gets in.
func TestSiegeOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"no body", "half a header", "no body, unasked", "drips"} {
		t.Run(name, func(t *testing.T) {
			a := newFixture(t).start(besieged)
			for range defaultLimits().own.conns + 10 {
				sieges[name](a.raw())
			}
			fatal(t, a.dial().Lock(t.Context()))
			fatal(t, a.wait())
		})
	}
}

// TestNames takes a name once a request, and no more names than there can be.
func TestNames(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start(shortLimits(func(l *limits) { l.names = 1000 }))
	set(t, a, "A", "1")
	set(t, a, "B", "2")
	r := a.raw()
	names := strings.Repeat(`"A","B",`, 400) + `"A"`
	status, answer := r.ask("POST", "/v1/read", `{"names":[`+names+`]}`)
	if lines := strings.Count(string(answer), "\n"); status != http.StatusOK || lines != 3 || !strings.Contains(string(answer), `{"end":2}`) {
		t.Errorf("%d: %d lines", status, lines)
	}
	status, answer = r.ask("POST", "/v1/read", `{"names":[`+names+","+names+`]}`)
	if status != http.StatusBadRequest || code(answer) != "invalid_value" {
		t.Errorf("%d %s", status, answer)
	}
	if all, err := a.ReadAll(t.Context(), "B", "A", "B"); err != nil || len(all) != 2 || all[0].Name != "B" {
		t.Errorf("%d secrets, %v", len(all), err)
	}
}

// asksMuch are requests of a program that is to read only, each for much.
func asksMuch() map[string]string {
	names := strings.TrimSuffix(strings.Repeat(`"`+secretName(0)+`","`+secretName(1)+`",`, 200), ",")
	return map[string]string{
		"everything":        "POST /v1/read HTTP/1.1\r\nHost: tacit\r\nContent-Length: 0\r\n\r\n",
		"a name many times": "POST /v1/read HTTP/1.1\r\nHost: tacit\r\n" + body(`{"names":[`+names+`]}`),
		"one":               "GET /v1/secrets/" + secretName(2) + " HTTP/1.1\r\nHost: tacit\r\n\r\n",
		"what was used":     "GET /v1/used HTTP/1.1\r\nHost: tacit\r\n\r\n",
	}
}

// discard reads an answer to its end, keeping nothing of it.
func (r *raw) discard() error {
	resp, err := http.ReadResponse(r.r, &http.Request{Method: "GET"})
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
	}
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return err
}
