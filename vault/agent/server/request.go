package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A request is one that was let in.
type request struct {
	*http.Request
	w          http.ResponseWriter
	s          *server
	connection *connection
	scope      *scope
	peer       sockets.Peer
	name       string // of the secret in the path, checked; "" where there is none
	use        bool   // it counts as a use of the agent

	payload []byte          // the body
	tokens  []chan struct{} // that it has one of each of

	warned warnings

	began   bool // the answer was begun: an error cannot change its status
	streams bool // the answer is lines
	parts   bool // the answer is a list of secrets that was begun
}

// answerJSON answers with a document that holds no value.
func (r *request) answerJSON(status int, doc any) error {
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return r.answer(status, append(b, '\n'))
}

// answer answers with a document.
func (r *request) answer(status int, body []byte) error {
	h := r.w.Header()
	h["Content-Type"] = jsonType
	body, rest := r.warned.member(body)
	h["Content-Length"] = []string{strconv.Itoa(len(body) + len(rest))}
	r.began = true
	r.deadline()
	r.w.WriteHeader(status)
	_, err := r.w.Write(body)
	if err == nil && len(rest) > 0 {
		_, err = r.w.Write(rest)
	}
	return gone(err)
}

var jsonType = []string{"application/json"}

// deadline gives a client that does not read a limited time.
func (r *request) deadline() {
	http.NewResponseController(r.w).SetWriteDeadline(time.Now().Add(r.s.limits.writeTime))
}

// errHungUp is an error that nobody is left to hear of.
var errHungUp = errors.New("the client hung up")

func gone(err error) error {
	if err != nil {
		return errHungUp
	}
	return nil
}

// fetch reads the body of a request, before it has anything that others wait
// for but its turn: only so many hold much in memory at a time.
func (r *request) fetch(rt route) error {
	limit := r.s.limits.body
	if rt.need&batched != 0 {
		limit = r.s.limits.batch
	}
	if r.ContentLength > limit {
		return tooLarge(rt.op, limit)
	}
	r.connection.stalls(false) // it waits, and not for what it is to send
	if rt.need&batched != 0 {
		if err := r.turn(rt.op, r.connection.listener.batches); err != nil {
			return err
		}
	}
	long := r.ContentLength < 0 || r.ContentLength > largeBody
	if long || rt.need&opens != 0 && r.s.opensLarge() {
		if err := r.turn(rt.op, r.connection.listener.large); err != nil {
			return err
		}
	}
	if r.ContentLength == 0 {
		return nil
	}
	r.connection.stalls(true)
	defer r.connection.stalls(false)
	c := http.NewResponseController(r.w)
	c.SetReadDeadline(time.Now().Add(r.s.limits.bodyTime))
	b, err := wire.ReadAll(http.MaxBytesReader(r.w, r.Body, limit), r.ContentLength)
	var most *http.MaxBytesError
	switch {
	case errors.As(err, &most):
		return tooLarge(rt.op, limit)
	case err != nil:
		r.w.Header().Set("Connection", "close")
		return statusError{wire.Invalid("agent", "", "the body did not arrive completely, or not in time"), http.StatusRequestTimeout}
	}
	c.SetReadDeadline(time.Time{})
	r.payload = b
	return nil
}

// opensLarge tells whether values may be larger than what goes without a turn.
func (s *server) opensLarge() bool { return s.v.Policy().MaxValue > largeBody/mostUTF8 }

// mostUTF8 is how many bytes one of the units that values are counted in can take.
const mostUTF8 = 3

// turn waits until this request may have one of the tokens, for a while. It has
// it until release.
func (r *request) turn(op string, tokens chan struct{}) error {
	ctx, cancel := context.WithTimeout(r.Context(), r.s.limits.turn)
	defer cancel()
	if !r.connection.pool.turn(ctx, tokens, r.connection.listener.shut) {
		return wire.Busy(op, "too many large requests are under way", remedy.To(remedy.TryAgain))
	}
	r.tokens = append(r.tokens, tokens)
	return nil
}

// release wipes what is left of the body, and gives every turn back.
func (r *request) release() {
	clear(r.payload)
	for _, tokens := range r.tokens {
		<-tokens
	}
	r.payload, r.tokens = nil, nil
}

func tooLarge(op string, limit int64) error {
	return statusError{wire.Invalid(op, "", fmt.Sprintf("the body is larger than %d bytes", limit)), http.StatusRequestEntityTooLarge}
}

// A document is a JSON object that was received: its members, each a part of
// their own. Whoever has it wipes it.
type document map[string]json.RawMessage

// document reads a body that is a JSON object with at most these members.
func (r *request) document(members ...string) (document, error) {
	b := r.payload
	defer clear(b)
	if len(bytes.TrimSpace(b)) == 0 {
		return document{}, nil
	}
	return parseDocument(b, members...)
}

// parseDocument reads a JSON object. No error holds a part of it.
func parseDocument(b []byte, members ...string) (document, error) {
	d := document{}
	if err := json.Unmarshal(b, &d); err != nil {
		d.wipe()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, wire.Invalid("agent", "", fmt.Sprintf("not JSON, from byte %d on", syntax.Offset))
		}
		return nil, wire.Invalid("agent", "", "not a JSON object")
	}
	for name := range d {
		if !slices.Contains(members, name) {
			d.wipe()
			return nil, wire.Invalid("agent", "", fmt.Sprintf("an unknown member; known are %q", members))
		}
	}
	return d, nil
}

// get decodes a member, where it is there.
func (d document) get(name string, into any) error {
	raw, ok := d[name]
	if !ok || string(raw) == "null" {
		return nil
	}
	if json.Unmarshal(raw, into) != nil {
		return wire.Invalid("agent", "", fmt.Sprintf("the member %q is not what it should be", name))
	}
	return nil
}

func (d document) wipe() {
	for _, raw := range d {
		clear(raw)
	}
}

// condition reads the conditions of a change out of the header.
func (r *request) condition() (vault.Condition, error) {
	match, noneMatch := r.Header.Get("If-Match"), r.Header.Get("If-None-Match")
	switch {
	case match == "" && noneMatch == "":
		return vault.Always, nil
	case match == "" && noneMatch == "*":
		return vault.Absent, nil
	case match == "*" && noneMatch == "":
		return vault.Present, nil
	case noneMatch == "":
		if n, err := strconv.Unquote(match); err == nil {
			if n, err := strconv.ParseUint(n, 10, 64); err == nil {
				return vault.AtVersion(n), nil
			}
		}
	}
	return vault.Always, wire.Invalid("agent", r.name, `the conditions are If-None-Match: *, If-Match: * and If-Match: "N", one of them`)
}

// wait is a context for what may be waited for only a while.
func (r *request) wait() (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), r.s.limits.waits)
}

// errorJSON is the document of an error.
func (s *server) errorJSON(op string, err error) []byte {
	b, _ := json.Marshal(wire.ErrorBody{Error: s.spelled(wireError(op, err))}) // strings: cannot fail
	return append(b, '\n')
}

// fail answers with an error.
func (r *request) fail(op string, err error) {
	body := r.s.errorJSON(op, err)
	switch {
	case r.streams:
		r.deadline()
		body, rest := r.warned.member(body)
		r.w.Write(body)
		r.w.Write(rest)
	case r.parts:
		r.part(append([]byte("}],"), body[1:]...))
	case !r.began:
		r.answer(statusOf(err), body)
	}
}
