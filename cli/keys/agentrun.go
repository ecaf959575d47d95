package keys

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault/agent/server"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// runAgent is the agent: it opens the vault, serves until it is to lock, and
// wipes what it knows.
func runAgent(ctx context.Context, s *frame.Session, o *agentOptions) error {
	if err := frame.NoAgentHere("agent run"); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	dir, discovered, err := s.Locate()
	if err != nil {
		return err
	}
	sockets, err := handedSockets()
	if err != nil {
		return err
	}
	open := frame.OpenToKeep
	if o.readyFD != cmdline.NoFD && sockets.none() {
		open = openFirst
	}
	v, err := open(ctx, s, dir, discovered)
	if err != nil {
		return yieldToRunning(ctx, s, dir, o, sockets, err)
	}
	listeners, err := agentListeners(s, dir, sockets)
	if err != nil {
		v.Close()
		return yieldToRunning(ctx, s, dir, o, sockets, err)
	}
	state, err := anchor.At(s.State)
	if err != nil {
		return errors.Join(err, v.Close())
	}
	keyring.Scrub() // what opened the vault is not needed any more
	ctx, stop := o.watchSession(ctx)
	defer stop()
	if err := announce(s, o); err != nil {
		return errors.Join(err, v.Close())
	}
	err = server.Serve(ctx, v, server.Options{
		Own:       ownPrograms(s),
		Listeners: listeners, Credentials: sockets.credentials, Grant: o.grant(), TTL: o.ttl, Idle: o.idle, AllowExec: o.allowExec.Value(),
		Log: agentLog(s, o), State: state.Path, LockOptions: s.LockOptions(), Spell: failure.GivenPaths{}.Say,
	})
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	keyring.Scrub() // an image of the memory that is left behind holds no secret
	return err
}

// ownPrograms are the programs that are tacit besides this one: the small one, if this
// is the whole one of two.
func ownPrograms(s *frame.Session) (list []string) {
	self, err := s.Executable()
	if err != nil {
		return nil
	}
	if small := system.SmallBeside(self); small != "" {
		list = append(list, small)
	}
	return list
}

// handed are the sockets that systemd has opened for this process.
type handed struct {
	api         []net.Listener
	credentials []net.Listener // FileDescriptorName=credentials: systemd reads services' credentials there
}

func (h handed) none() bool { return len(h.api)+len(h.credentials) == 0 }

// credentialSockets is the name that a socket unit gives to those.
const credentialSockets = "credentials"

func handedSockets() (h handed, err error) {
	for _, f := range activation.Files(true) {
		l, err := net.FileListener(f)
		f.Close()
		if _, ok := l.(*net.UnixListener); !ok || err != nil {
			return h, failure.Usage("systemd handed over something that is no Unix socket").Hinted("ListenStream= in the socket unit has to be a path")
		}
		if f.Name() == credentialSockets {
			h.credentials = append(h.credentials, l)
		} else {
			h.api = append(h.api, l)
		}
	}
	return h, nil
}

// agentListeners are the sockets to serve: those handed over, or the vault's own.
func agentListeners(s *frame.Session, dir string, h handed) ([]net.Listener, error) {
	if len(h.api) > 0 {
		return h.api, nil
	}
	path, ok := sockets.Path(s.Env, dir)
	if !ok {
		return nil, failure.Usage("there is no place for the agent's socket").Hinted("set XDG_RUNTIME_DIR or HOME, and unset TACIT_AGENT")
	}
	l, err := sockets.Listen(path)
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

// announce says that the agent serves: to systemd, or to the unlock that has
// started it, whose terminal it leaves first.
func announce(s *frame.Session, o *agentOptions) error {
	if o.readyFD == cmdline.NoFD {
		_, err := daemon.SdNotify(false, daemon.SdNotifyReady)
		return err
	}
	if err := system.Detach(o.session); err != nil {
		return err
	}
	return tellReady(s, o, ready{})
}

func tellReady(s *frame.Session, o *agentOptions, r ready) error {
	pipe := os.NewFile(uintptr(o.readyFD), "ready")
	if pipe == nil {
		return failure.Usage("--ready-fd is for tacit unlock")
	}
	defer pipe.Close()
	return json.NewEncoder(pipe).Encode(r)
}

// agentLog goes to standard error, which in the background is nowhere.
func agentLog(s *frame.Session, o *agentOptions) *slog.Logger {
	if o.readyFD != cmdline.NoFD {
		return slog.New(slog.DiscardHandler)
	}
	if s.JSON {
		return slog.New(slog.NewJSONHandler(s.Err, nil))
	}
	return slog.New(slog.NewTextHandler(s.Err, nil))
}
