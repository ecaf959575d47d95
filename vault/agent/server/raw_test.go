//go:build linux || darwin || freebsd

package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// A raw is a client that may send anything.
type raw struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func (f *fixture) raw() *raw { return rawAt(f.t, f.socket) }

func rawAt(t testing.TB, socket string) *raw {
	t.Helper()
	short, release, err := sockets.Shorten(socket)
	fatal(t, err)
	defer release()
	c, err := net.Dial("unix", short)
	fatal(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(hang))
	return &raw{t, c, bufio.NewReader(c)}
}

// say sends bytes. That the agent stops listening in the middle is no error here.
func (r *raw) say(format string, args ...any) {
	fmt.Fprintf(r.Conn, format, args...)
}

// begin sends the header of a change of A and a part of its body, and returns when
// that is being handled.
func (r *raw) begin(length int, part string) {
	r.t.Helper()
	r.say("PUT /v1/secrets/A HTTP/1.1\r\nHost: tacit\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", length)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if line, err := r.r.ReadString('\n'); err != nil || line != want {
			r.t.Fatalf("%q, %v", line, err)
		}
	}
	r.say("%s", part)
}

// reply reads an answer: its status, 0 where the agent hung up, and its body.
func (r *raw) reply() (status int, body []byte) {
	r.t.Helper()
	resp, err := http.ReadResponse(r.r, &http.Request{Method: "GET"})
	if err != nil {
		return 0, nil
	}
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		r.t.Logf("body: %v", err)
	}
	return resp.StatusCode, body
}

// ask sends an ordinary request and reads the answer.
func (r *raw) ask(method, target, body string, header ...string) (status int, answer []byte) {
	r.t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: tacit\r\nContent-Length: %d\r\n", method, target, len(body))
	for _, h := range header {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n" + body)
	r.say("%s", b.Bytes())
	return r.reply()
}

// code is the code of an answer that is an error, of its last line where it is
// several.
func code(body []byte) string {
	lines := bytes.Split(bytes.TrimSpace(body), []byte("\n"))
	var w wire.ErrorBody
	json.Unmarshal(lines[len(lines)-1], &w)
	return string(w.Error.Code)
}
