//go:build linux || darwin || freebsd

package server

import (
	"net"
	"path/filepath"
	"time"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// lookAfter looks whether the listener's socket is where it was, and opens it again
// where it is not. A socket that was handed over, by systemd say, is another's to
// open.
func (d *listener) lookAfter() error {
	l, ok := d.listening().(*sockets.Listener)
	if !ok || l.There() {
		return nil
	}
	bound, err := l.Again()
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.socket = bound
	d.mu.Unlock()
	l.Drop()
	d.s.log.Warn("the socket was gone, and is there again", "socket", l.Path(), "folder", filepath.Dir(l.Path()))
	return nil
}

func (d *listener) listening() net.Listener {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.socket
}

// lookAtVault looks whether the vault is there, beside what watch does: on a disk that
// does not answer, a look takes as long as the disk, and the agent has to lock in time.
func (s *server) lookAtVault() {
	if s.looking.Swap(true) {
		return
	}
	if !s.gate.enterNow() { // another has the vault, and may put one in its place
		s.looking.Store(false)
		return
	}
	go func() {
		if s.o.looks != nil {
			s.o.looks()
		}
		_ = s.alive()
		s.gate.leave()
		s.looking.Store(false)
	}()
}

// lookAfter looks after every socket, and whether the vault is there. An agent that
// cannot be reached for a while at its own socket ends: nobody could lock it.
func (s *server) lookAfter() {
	if time.Since(s.looked) < s.limits.look {
		return
	}
	s.looked = time.Now()
	s.lookAtVault()
	s.mu.Lock()
	listeners := make([]*listener, 0, len(s.listeners))
	for d := range s.listeners {
		listeners = append(listeners, d)
	}
	s.mu.Unlock()
	for _, d := range listeners {
		err := d.lookAfter()
		switch {
		case err == nil:
			d.lost = time.Time{}
			continue
		case d.lost.IsZero():
			d.lost = time.Now()
			s.log.Warn("the socket is gone, and cannot be opened again", "error", err.Error())
		}
		if time.Since(d.lost) < s.limits.lost {
			continue
		}
		if d.scope.main {
			s.stop(err, "its socket is gone")
			return
		}
		s.close(d)
	}
}
