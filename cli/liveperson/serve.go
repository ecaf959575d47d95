package liveperson

import (
	"net"
	"sync"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// settingsServer answers for a settings.json: with the secrets of a vault.
type settingsServer struct {
	s      *frame.Session
	keeper *keeper
	file   string     // what is on disk, for all but the secrets
	grant  wire.Grant // which secrets
	turns  *turns

	mu   sync.Mutex // guards said
	said string     // the last failure that was told to the user
}

// maxPrograms is how many threads of processes are served; more are turned away.
const maxPrograms = 1000

// serve answers on the socket until stop is called, which waits for what is under
// way: a write that was begun is finished.
func (v *settingsServer) serve(l net.Listener) (stop func()) {
	var (
		under sync.WaitGroup
		mu    sync.Mutex // guards conns and over
		conns = map[net.Conn]struct{}{}
		over  bool
	)
	under.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			if over || len(conns) == maxPrograms || sockets.SameUser(c) != nil {
				mu.Unlock()
				c.Close()
				continue
			}
			conns[c] = struct{}{}
			mu.Unlock()
			under.Go(func() {
				(&program{settingsServer: v, turn: turn{of: v.turns}}).converse(c)
				mu.Lock()
				delete(conns, c)
				mu.Unlock()
				c.Close()
			})
		}
	})
	return func() {
		l.Close()
		mu.Lock()
		over = true
		for c := range conns {
			c.Close()
		}
		mu.Unlock()
		under.Wait()
	}
}

// tell makes of a failure what Node is told, and tells the user as well:
// LivePerson's client swallows what its fs says.
func (p *program) tell(err error) *answerError {
	f := failure.Explain(err)
	p.mu.Lock()
	if p.said != f.Message {
		p.said = f.Message
		p.s.Report(f)
	}
	p.mu.Unlock()
	return &answerError{Errno: errnoOf(vault.Code(f.Code)), Message: f.Message, Hint: f.Words()}
}

// errnoOf is the error of a file that comes closest.
func errnoOf(c vault.Code) string {
	switch c {
	case vault.Conflict, vault.Busy, vault.NotFound:
		return "EBUSY"
	case vault.InvalidValue, vault.InvalidName:
		return "EINVAL"
	case vault.ReadOnly:
		return "EROFS"
	case vault.NoSpace:
		return "ENOSPC"
	case vault.Locked, vault.Denied, vault.Untrusted, vault.WrongKey:
		return "EACCES"
	}
	return "EIO"
}
