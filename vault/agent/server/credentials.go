package server

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// systemd reads a service's credential from a socket that the unit names:
// LoadCredential=ID:/path. It says nothing; what unit and which credential it is
// for, it tells by the address that it connects from: see LoadCredential= in
// systemd.exec(5). The answer is the value, and the end of it.
//
// That protocol knows no failure: a connection that just ends is an empty
// credential, and the service starts with that. So a refusal is more than
// systemd takes for a credential, 1 MiB, which keeps the unit from starting.

// refusal is one of the lines that a refusal repeats.
const refusal = "tacit does not hand out this credential; its log says why. This is longer than a credential, so that no service starts without one.\n"

// refusalSize is beyond what systemd reads, of encrypted credentials too.
const refusalSize = 2 << 20

// tellers hand out credentials.
type tellers struct {
	places chan struct{}  // a token for each who is being answered
	under  sync.WaitGroup // those, and the sockets
}

// tell answers at a socket for credentials until it is closed.
func (s *server) tell(l net.Listener) {
	defer s.tellers.under.Done()
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.log.Warn("accept", "error", err.Error())
			select {
			case <-time.After(time.Second):
				continue
			case <-s.ending:
				return
			}
		}
		select {
		case s.tellers.places <- struct{}{}:
		case <-s.ending:
			c.Close()
			return
		}
		s.tellers.under.Add(1)
		go func() {
			defer s.tellers.under.Done()
			defer func() { <-s.tellers.places }()
			defer c.Close()
			s.tellOne(c)
		}()
	}
}

// tellOne hands out one credential, and logs which and to whom.
func (s *server) tellOne(c net.Conn) {
	start := time.Now()
	unit, id, p, value, err := s.credential(c)
	c.SetWriteDeadline(time.Now().Add(s.limits.drain))
	outcome := "ok"
	if err == nil {
		if _, werr := c.Write(value.Reveal()); werr != nil {
			outcome = "cut off"
		}
		value.Wipe()
	} else {
		outcome = string(vault.CodeOf(err))
		c.Write(bytes.Repeat([]byte(refusal), refusalSize/len(refusal)+1))
	}
	s.log.Info("credential", "pid", p.PID, "uid", p.UID, "unit", unit, "name", id, "outcome", outcome,
		"took", time.Since(start).Round(time.Microsecond))
}

// credential is what a connection asks for, and the value of it.
func (s *server) credential(c net.Conn) (unit, id string, p sockets.Peer, value vault.Value, err error) {
	const op = "credential"
	if p, err = s.admitManager(c); err != nil {
		return "", "", p, value, err
	}
	unit, id, ok := parseAsker(c.RemoteAddr())
	if !ok {
		return "", "", p, value, wire.Invalid(op, "", "the connection does not come from systemd")
	}
	if err := vault.CheckName(op, id); err != nil {
		return unit, id, p, value, err
	}
	if !s.o.Grant.Allows(id) {
		return unit, id, p, value, wire.Denied(op, id, "this agent was not started for this secret")
	}
	if err := s.begin(op, true); err != nil {
		return unit, id, p, value, err
	}
	defer s.life.end(true)
	ctx, cancel := context.WithTimeout(s.base, s.limits.waits)
	defer cancel()
	if err := s.enter(ctx, op); err != nil {
		return unit, id, p, value, err
	}
	defer s.gate.leave()
	secret, err := s.v.Read(ctx, id)
	s.endIfOver(err)
	return unit, id, p, secret.Value, err
}

// admitManager is admit, for root, too: the system's service manager asks for
// the services of any user. Root could read this process's memory as well.
func (s *server) admitManager(c net.Conn) (sockets.Peer, error) {
	conn, ok := c.(*net.UnixConn)
	if !ok {
		return sockets.Peer{}, wire.Denied("credential", "", "the agent serves Unix sockets only")
	}
	p, err := sockets.PeerOf(conn)
	switch {
	case err != nil:
		return p, err
	case p.UID != os.Geteuid() && p.UID != 0:
		return p, &vault.SecretError{Code: vault.Denied, Op: "credential", Message: "this is another user's agent"}
	}
	p.Exe = s.programs.of(p)
	who, ok := s.programs.allow(p, c)
	if !ok {
		return p, notForProgram("credential", p.Exe)
	}
	s.programs.left(who, c) // one question, and no more
	return p, nil
}

// parseAsker takes apart the address that systemd connects from: in the abstract
// namespace, a random number, "unit", the unit and the credential.
func parseAsker(a net.Addr) (unit, id string, ok bool) {
	name, abstract := strings.CutPrefix(a.String(), "@")
	parts := strings.Split(name, "/")
	if !abstract || len(parts) != 4 || parts[0] == "" || parts[1] != "unit" || parts[2] == "" || parts[3] == "" {
		return "", "", false
	}
	return parts[2], parts[3], true
}
