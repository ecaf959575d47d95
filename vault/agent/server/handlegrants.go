package server

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// maxGrants is how many sockets an agent has at most.
const maxGrants = 32

// postGrant opens a further socket of this agent, for less.
func postGrant(r *request) error {
	const op = "grant"
	d, err := r.document("only", "read_only", "ttl_seconds")
	if err != nil {
		return err
	}
	var (
		g   wire.Grant
		ttl int64
	)
	for name, into := range map[string]any{"only": &g.Only, "read_only": &g.ReadOnly, "ttl_seconds": &ttl} {
		if err := d.get(name, into); err != nil {
			return err
		}
	}
	switch err := g.Check(op); {
	case err != nil:
		return err
	case g.Full():
		return wire.Invalid(op, "", "a grant is for less than everything: only, read_only or both")
	case ttl < 0 || ttl > int64(10*365*24*time.Hour/time.Second):
		return wire.Invalid(op, "", "ttl_seconds is out of range")
	}
	path, err := r.s.grant(op, g, time.Duration(ttl)*time.Second)
	if err != nil {
		return err
	}
	return r.answerJSON(http.StatusOK, map[string]string{"socket": path})
}

// grant opens a socket for less beside the agent's own. With a ttl it is closed
// after that time.
func (s *server) grant(op string, g wire.Grant, ttl time.Duration) (string, error) {
	s.mu.Lock()
	n := len(s.listeners)
	s.mu.Unlock()
	if n >= maxGrants+len(s.o.Listeners) {
		return "", &vault.SecretError{Code: vault.Busy, Op: op, Message: "the agent has too many sockets open"}
	}
	own := s.o.Socket
	if l, ok := s.o.Listeners[0].(interface{ Path() string }); ok && own == "" {
		own = l.Path()
	}
	if own == "" {
		own = s.o.Listeners[0].Addr().String()
	}
	path := grantPath(own)
	l, err := sockets.ListenBeside(path)
	if err != nil {
		return "", err
	}
	sc := &scope{grant: g}
	d := newListener(s, l, sc)
	sc.listener = d
	s.open(d)
	if ttl > 0 { // it counts from now, not from when the goroutine comes to run
		go s.closeAfter(d, newLife(s.life.wall, s.life.boot, ttl, 0))
	}
	s.log.Info("granted", "socket", path, "only", g.Only, "read_only", g.ReadOnly, "ttl", ttl)
	return path, nil
}

// grantPath is a new path beside an agent's own socket.
func grantPath(own string) string {
	var id [4]byte
	rand.Read(id[:])
	return strings.TrimSuffix(own, sockets.Suffix) + "-" + hex.EncodeToString(id[:]) + sockets.Suffix
}

// closeAfter closes a listener when its time is over.
func (s *server) closeAfter(d *listener, life *life) {
	for {
		left := life.left()
		if left <= 0 {
			s.log.Info("grant is over")
			s.close(d)
			return
		}
		select {
		case <-d.shut:
			return
		case <-time.After(min(left+time.Millisecond, time.Second)):
		}
	}
}

// yielding reads what is asked: the lock that the key is to be sealed to, nil for none.
func (r *request) yielding(op string) (lock crypto.Lock, err error) {
	d, err := r.document("recipient", "unattended")
	if err != nil {
		return nil, err
	}
	var w wire.Yield
	if err := d.get("unattended", &w.Unattended); err != nil {
		return nil, err
	}
	if err := d.get("recipient", &w.Recipient); err != nil {
		return nil, err
	}
	if w.Unattended && r.use {
		r.use = false
		r.s.life.unuse()
	}
	if w.Recipient == "" {
		return nil, nil
	}
	if lock, err = crypto.Recipient(w.Recipient); err != nil {
		return nil, wire.Invalid(op, "", "the recipient is none of age's")
	}
	return lock, nil
}

// borrows tells whether who asks may have the vault's key. Through a socket for everything
// it could give itself a key slot, which would be seen; a loan is not, so it is for tacit.
func (r *request) borrows() bool {
	return r.scope.main && r.scope.grant.Full() && r.s.programs.tacit(r.connection.exe, r.connection.who)
}

// postYield closes the vault for somebody who opens it directly, and opens it
// again when they hang up. Where they ask for it, and may have it, it lends them the key.
func postYield(r *request) error {
	const op = "yield"
	lock, err := r.yielding(op)
	if err != nil {
		return err
	}
	if err := r.s.alive(); err != nil {
		return err
	}
	if err := r.aloneFor(op); err != nil {
		return err
	}
	defer r.s.gate.open()
	ctx, cancel := r.wait()
	defer cancel()
	if err := r.s.v.Suspend(ctx); err != nil {
		r.s.endIfOver(err)
		r.s.resume()
		return err
	}
	defer r.s.resume()
	y := wire.Yielded{Yielded: true, Seconds: int(r.s.limits.yield.Seconds())}
	if lock != nil && r.borrows() {
		if y.Key, err = vault.Lend(r.s.v, lock); err != nil {
			return err
		}
		r.s.log.Info("lent the vault's key", "pid", r.peer.PID, "exe", r.peer.Exe)
	}
	st := r.stream()
	if err := st.object(y); err != nil {
		return err
	}
	http.NewResponseController(r.w).Flush()
	over := time.NewTimer(r.s.limits.yield)
	defer over.Stop()
	select {
	case <-r.Context().Done():
		return nil
	case <-r.s.ending:
		return wire.Busy(op, "the agent ends", remedy.Remedy{})
	case <-over.C:
		return wire.Busy(op, "the time for having the vault alone is over", remedy.Remedy{})
	}
}

// resume opens the vault again. Whoever had it may need a moment to close it; an
// agent that does not get it back ends.
func (s *server) resume() {
	for deadline := time.Now().Add(time.Minute); ; {
		select {
		case <-s.ending: // it is closed for good
			return
		default:
		}
		err := s.v.Resume(s.base)
		if err == nil {
			return
		}
		if vault.CodeOf(err) != vault.Busy || time.Now().After(deadline) {
			s.log.Warn("the vault cannot be opened again", "error", err.Error())
			s.stop(err, "the vault is not what it was")
			return
		}
		select {
		case <-s.ending:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}
