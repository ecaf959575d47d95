package server

import (
	"context"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// need is what a route asks of the socket that it is called through.
type need uint16

const (
	writes   need = 1 << iota // the grant allows changes
	allNames                  // the grant is for every name
	full                      // the grant is for everything
	own                       // it is the agent's own socket, whatever that is for
	apart                     // it does not use the vault, or has it alone: no wait for it
	noUse                     // it does not count as a use of the agent
	heavy                     // it may take much memory, which is given back afterwards
	opens                     // it holds values, which may be large
	batched                   // its body is many changes
)

type route struct {
	pattern string // as http.ServeMux has it
	op      string // for errors
	need    need
	handle  func(*request) error
}

// routeTable is the whole API. A grant is held against it here, and against the
// names in bodies and lists by the handlers.
func routeTable() []route {
	return []route{
		{"GET /v1/status", "status", apart | noUse, getStatus},
		{"POST /v1/lock", "lock", apart | noUse, postLock},
		{"GET /v1/openapi.yaml", "openapi", apart | noUse, getOpenAPI},

		{"GET /v1/secrets", "list", heavy, listSecrets},
		{"GET /v1/secrets/{name}", "read", opens, readSecret},
		{"PUT /v1/secrets/{name}", "set", writes, putSecret},
		{"PATCH /v1/secrets/{name}", "update", writes, patchSecret},
		{"DELETE /v1/secrets/{name}", "delete", writes, deleteSecret},
		{"POST /v1/secrets/{name}/rename", "rename", writes, renameSecret},
		{"POST /v1/secrets/{name}/copy", "copy", writes, copySecret},
		{"POST /v1/secrets/{name}/rollback", "rollback", writes, rollbackSecret},
		{"GET /v1/secrets/{name}/history", "history", 0, secretHistory},
		{"POST /v1/read", "read", opens | heavy, readMany},
		{"POST /v1/batch", "apply", writes | heavy | batched, postBatch},
		{"GET /v1/used", "used", opens | heavy, usedSecrets},

		{"GET /v1/policy", "policy", 0, getPolicy},
		{"PUT /v1/policy", "policy", full, putPolicy},
		{"POST /v1/verify", "verify", allNames | heavy | opens, postVerify},
		{"POST /v1/backup", "backup", full | heavy, postBackup},

		{"GET /v1/slots", "key list", full, listSlots},
		{"POST /v1/slots", "key add", full, addSlot},
		{"PUT /v1/slots/{label}", "key passwd", full, replaceSlot},
		{"DELETE /v1/slots/{label}", "key remove", full, removeSlot},
		{"POST /v1/rotate", "rotate", full | heavy, postRotate},
		{"GET /v1/exposed", "exposed", full | heavy, getExposed},
		{"GET /v1/groups", "groups", full | heavy, getGroups},

		{"POST /v1/grants", "grant", full | apart, postGrant},
		// Who has a key of their own needs no grant: the vault gives way to them.
		{"POST /v1/yield", "yield", own | apart, postYield},
	}
}

func (s *server) mux() *http.ServeMux {
	m := http.NewServeMux()
	for _, rt := range routeTable() {
		m.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) { s.run(rt, w, r) })
	}
	return m
}

// serve finds the route. Where there is none it says so in JSON.
func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	g, ok := r.Context().Value(connectionKey{}).(*connection)
	if !ok {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if g.pool.waiting.Load() > 0 && !g.keeps.Load() {
		w.Header().Set("Connection", "close") // others have their turn
	}
	if r.ContentLength != 0 { // whoever waits for it, and however it ends
		g.stalls(true)
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.limits.bodyTime))
	}
	h, pattern := s.routes.Handler(r)
	// The mux looks at the path as it came, with its escapes, and so does this:
	// what is no redirection for the one must not be for the other.
	if p := r.URL.EscapedPath(); pattern != "" && path.Clean(p) == p {
		s.routes.ServeHTTP(w, r)
		return
	}
	a := &aside{header: w.Header(), status: http.StatusNotFound}
	h.ServeHTTP(a, r)
	if a.status < 400 { // a redirection to a cleaner path
		a.status = http.StatusNotFound
	}
	err := statusError{wire.Invalid("agent", "", "there is no such route; GET /v1/openapi.yaml describes them"), a.status}
	s.log.Info("access", "pid", peerOfRequest(r).PID, "route", "none", "outcome", a.status)
	w.Header().Del("Location")
	w.Header()["Content-Type"] = jsonType
	w.WriteHeader(a.status)
	w.Write(s.errorJSON("agent", err))
}

// aside takes the status that a handler would answer with, and drops the rest.
type aside struct {
	header http.Header
	status int
}

func (a *aside) Header() http.Header         { return a.header }
func (a *aside) WriteHeader(status int)      { a.status = status }
func (a *aside) Write(b []byte) (int, error) { return len(b), nil }

func peerOfRequest(r *http.Request) sockets.Peer {
	if g, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		return g.peer
	}
	return sockets.Peer{}
}

// run holds a request against the socket's grant, runs it and logs it.
func (s *server) run(rt route, w http.ResponseWriter, hr *http.Request) {
	g, ok := hr.Context().Value(connectionKey{}).(*connection)
	if !ok {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	start := time.Now()
	r := &request{Request: hr, w: w, s: s, connection: g, scope: g.scope, peer: g.peer}
	r.Request = hr.WithContext(vault.WithWarn(hr.Context(), func(err error) {
		s.log.Warn("warning", "pid", r.peer.PID, "error", err.Error())
		r.warned.add(r.s.spelled(wireError(rt.op, err)))
		s.endIfOver(err)
	}))
	err := s.attempt(rt, r)
	r.release()
	if err != nil && err != errHungUp {
		r.fail(rt.op, err)
	}
	s.endIfOver(err)
	s.note(rt, r, err, time.Since(start))
}

// attempt runs a request as far as it is allowed.
func (s *server) attempt(rt route, r *request) error {
	// What is read through a socket for less is no use of the agent by its user.
	use := rt.need&noUse == 0 && (r.scope.main || rt.need&writes != 0)
	if err := s.begin(rt.op, use); err != nil {
		return err
	}
	r.use = use
	defer func() { s.life.end(r.use) }()
	if !s.programs.again(r.connection.who) {
		r.w.Header().Set("Connection", "close")
		return notForProgram(rt.op, s.programs.of(r.peer))
	}
	if r.scope.over() {
		r.w.Header().Set("Connection", "close")
		return &vault.SecretError{Code: vault.Locked, Op: rt.op, Message: "this socket was closed", Remedy: remedy.To(remedy.UnlockAgain)}
	}
	if err := s.permit(rt, r); err != nil {
		return err
	}
	if err := r.fetch(rt); err != nil {
		return err
	}
	if rt.need&apart == 0 {
		ctx, cancel := r.wait()
		err := s.enter(ctx, rt.op)
		cancel()
		if err != nil {
			return err
		}
		defer s.gate.leave()
		if err := s.v.Remember(); err != nil { // it was told when it failed
			s.log.Warn("the vault's state is still not remembered", "error", err.Error())
		}
	}
	if rt.need&heavy != 0 {
		defer s.lean.Store(true)
	}
	return rt.handle(r)
}

// begin counts a use of the agent, which life.end has to follow; Locked where its
// time is over.
func (s *server) begin(op string, use bool) error {
	if s.life.begin(use) {
		return nil
	}
	s.stop(nil, "time limit")
	return timeIsOver(op)
}

func timeIsOver(op string) error {
	return &vault.SecretError{Code: vault.Locked, Op: op, Message: "the agent's time is over", Remedy: remedy.To(remedy.UnlockAgain)}
}

// enter waits for the vault, which gate.leave has to follow: Busy where another has
// it to itself, or that of a vault that is not there any more.
func (s *server) enter(ctx context.Context, op string) error {
	if s.gate.enter(ctx) != nil {
		return wire.Busy(op, "another command has the vault to itself", remedy.To(remedy.Wait))
	}
	err := s.alive()
	select {
	case <-s.ending:
		if err == nil {
			err = s.why // it could not be opened again, say
		}
	default:
	}
	if err != nil {
		s.gate.leave()
	}
	return err
}

// permit holds a route, and the name in its path, against the grant.
func (s *server) permit(rt route, r *request) error {
	grant := r.scope.grant
	switch {
	case rt.need&own != 0 && !r.scope.main:
		return wire.Denied(rt.op, "", "a restricted socket cannot give up the vault")
	case rt.need&full != 0 && !grant.Full():
		return wire.Denied(rt.op, "", "this agent does not allow this: it serves only some secrets, or only reading")
	case rt.need&allNames != 0 && len(grant.Only) > 0:
		return wire.Denied(rt.op, "", "this agent was started for some secrets only")
	case rt.need&writes != 0 && grant.ReadOnly:
		return wire.Denied(rt.op, "", "this agent was started for reading only")
	}
	if name := r.PathValue("name"); name != "" {
		if err := vault.CheckName(rt.op, name); err != nil {
			return err
		}
		r.name = name
		return r.allow(rt.op, name)
	}
	return nil
}

// allow refuses a name that the grant is not for.
func (r *request) allow(op, name string) error {
	if r.scope.grant.Allows(name) {
		return nil
	}
	return wire.Denied(op, name, "this agent was not started for this secret")
}

// note logs an access: who, what, on which name, and how it ended. No value and
// no query: a search may be one.
func (s *server) note(rt route, r *request, err error, took time.Duration) {
	if !s.log.Enabled(r.Context(), levelAccess) {
		return
	}
	outcome := "ok"
	switch {
	case err == errHungUp:
		outcome = "hung up"
	case err != nil:
		outcome = string(secretError(rt.op, err).Code)
	}
	_, where, _ := strings.Cut(rt.pattern, " ")
	s.log.Info("access", "pid", r.peer.PID, "exe", r.peer.Exe, "method", r.Method, "route", where,
		"name", r.name, "outcome", outcome, "took", took.Round(time.Microsecond))
}
