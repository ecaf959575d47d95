package server

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Options say how an agent serves.
type Options struct {
	Listeners []net.Listener // Unix sockets, at least one
	Grant     wire.Grant     // what the Listeners are for
	TTL       time.Duration  // its time limit; 0: none
	Idle      time.Duration  // it ends when it was not used for so long; 0: never
	AllowExec []string       // the programs that may connect, besides tacit; empty: any of this user's
	Own       []string       // further programs that are tacit itself, as this one is, by their paths
	Log       *slog.Logger   // one line for each access, with names and no values; nil: none
	State     string         // the folder of the machine's memory, told in the status

	// Credentials are Unix sockets from which systemd reads the credentials of
	// services: LoadCredential=NAME:/path gives the secret NAME, where Grant is for
	// it. Only this user and root are answered.
	Credentials []net.Listener

	// Spell says a remedy to a person: it becomes the hint of an error; nil: there is none.
	Spell func(remedy.Remedy) string

	// LockOptions are for the locks of new key slots.
	LockOptions keyring.LockOptions

	// Socket is the path of the first of the Listeners, beside which sockets for
	// less are made; "" where that listener knows it.
	Socket string

	Now  func() time.Time     // the clock on the wall; nil: time.Now
	Boot func() time.Duration // a clock that counts while the machine sleeps; nil: the system's

	limits *limits // nil: those of production; tests have shorter ones
	looks  func()  // called before each look at the vault; nil, but in tests
}

type server struct {
	v        *vault.Vault
	o        Options
	log      *slog.Logger
	limits   limits
	life     *life
	gate     *gate
	programs *programs
	routes   *http.ServeMux
	http     *http.Server
	looked   time.Time   // at the sockets; of watch alone
	looking  atomic.Bool // at the vault
	lean     atomic.Bool // memory is to be given back
	tellers  tellers

	base   context.Context // of every request; ends when the time for those under way is over
	cut    context.CancelFunc
	ending chan struct{} // closed when the agent is to end
	once   sync.Once
	why    error // guarded by once: what Serve returns

	own, less *crowd // connections of the agent's own sockets, and of those for less

	mu        sync.Mutex // guards listeners
	listeners map[*listener]struct{}
}

// gcPercent keeps the heap within half more than what is in use. Eight clients
// that read get as many answers with it as with 400, in a third of the memory.
const gcPercent = 50

// Serve serves an open vault until a client locks it, a limit of time is
// reached, or ctx ends. Then requests under way have 5 s to finish, the
// listeners are closed and the vault too, which wipes its keys.
//
// While it serves, the garbage collector of the process runs more often than is
// usual: an agent is small for a day, and not fast for a moment.
//
// It returns nil where it was to end, and the vault's error where its folder was
// deleted or another was put in its place.
func Serve(ctx context.Context, v *vault.Vault, o Options) error {
	defer v.Close()
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	s, err := newServer(v, o)
	if err != nil {
		for _, l := range slices.Concat(o.Listeners, o.Credentials) {
			l.Close()
		}
		return err
	}
	defer s.cut()
	sc := &scope{grant: o.Grant, main: true}
	for _, l := range o.Listeners {
		s.open(newListener(s, l, sc))
	}
	for _, l := range o.Credentials {
		s.tellers.under.Add(1)
		go s.tell(l)
	}
	s.watch(ctx)
	s.finish()
	if err := v.Close(); err != nil && s.why == nil {
		return err
	}
	return s.why
}

func newServer(v *vault.Vault, o Options) (*server, error) {
	if len(o.Listeners) == 0 {
		return nil, errors.New("no socket to listen on")
	}
	if err := o.Grant.Check("agent"); err != nil {
		return nil, err
	}
	ps, err := newPrograms(o.AllowExec, o.Own)
	if err != nil {
		return nil, err
	}
	s := &server{
		v: v, o: o, log: o.Log, programs: ps, gate: newGate(), limits: defaultLimits(),
		ending: make(chan struct{}), listeners: map[*listener]struct{}{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.limits != nil {
		s.limits = *o.limits
	}
	wall, boot := o.Now, o.Boot
	if wall == nil {
		wall = time.Now
	}
	if boot == nil {
		boot = bootTime
	}
	s.life = newLife(wall, boot, o.TTL, o.Idle)
	s.own, s.less = s.limits.crowds(openFiles(), len(o.Credentials))
	s.tellers.places = make(chan struct{}, s.limits.own.conns)
	s.base, s.cut = context.WithCancel(context.Background())
	s.routes = s.mux()
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: s.limits.headerTime,
		IdleTimeout:       s.limits.idleTime,
		MaxHeaderBytes:    max(0, s.limits.header-4096), // net/http adds 4 KiB
		ConnState:         noteState,
		ConnContext:       withConnection,
		BaseContext:       func(net.Listener) context.Context { return s.base },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	return s, nil
}

// open lets a listener's connections in, until the listener is closed.
func (s *server) open(d *listener) {
	s.mu.Lock()
	s.listeners[d] = struct{}{}
	s.mu.Unlock()
	go d.run()
	go s.http.Serve(d)
}

// close closes a listener and forgets it.
func (s *server) close(d *listener) {
	s.mu.Lock()
	delete(s.listeners, d)
	s.mu.Unlock()
	d.Close()
}

// stop makes Serve end, the first time that it is called.
func (s *server) stop(why error, reason string) {
	s.once.Do(func() {
		s.why = why
		s.log.Info("locking", "reason", reason)
		close(s.ending)
	})
}

// watch returns when it is time to end. It looks at the clocks at least once a
// second, because the runtime's timers stand still while the machine sleeps.
func (s *server) watch(ctx context.Context) {
	for {
		left := s.life.left()
		if left <= 0 {
			s.stop(nil, "time limit")
		}
		s.lookAfter()
		if s.lean.Swap(false) {
			debug.FreeOSMemory()
		}
		select {
		case <-s.ending:
			return
		case <-ctx.Done():
			s.stop(nil, "asked to end")
		case <-time.After(min(left+time.Millisecond, time.Second)):
		}
	}
}

// finish lets requests under way finish, in the time that there is for it, and
// closes every listener.
func (s *server) finish() {
	s.mu.Lock()
	listeners := slices.Collect(maps.Keys(s.listeners))
	clear(s.listeners)
	s.mu.Unlock()
	for _, d := range listeners {
		d.Close()
	}
	for _, l := range s.o.Credentials {
		l.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.limits.drain)
	defer cancel()
	for _, d := range listeners {
		for _, g := range d.pool.idle(0, cap(d.pool.free)) {
			g.Close() // the HTTP server would wait for those that have asked nothing yet
		}
	}
	if s.http.Shutdown(ctx) != nil {
		s.log.Warn("cutting off requests that took too long")
		s.cut()
		s.http.Close()
	}
	s.cut()
	s.tellers.under.Wait()
}

// alive ends the agent where the vault's folder is not the one that was opened.
func (s *server) alive() error {
	err := s.v.Alive()
	if err != nil {
		s.stop(err, "the vault is gone")
	}
	return err
}

// endIfOver ends the agent where the vault is of no more use to it: it would keep
// it from those who could open it.
func (s *server) endIfOver(err error) {
	if vault.IsOver(err) {
		s.stop(err, "the disk failed")
	}
}

// status is what the agent tells of itself through a socket.
func (s *server) status(sc *scope) wire.StatusForm {
	st := wire.StatusForm{
		PID: os.Getpid(), Started: s.life.born.wall.UTC().Truncate(time.Second), Expires: s.life.expires(),
		IdleSeconds: int64((s.o.Idle + time.Second - 1) / time.Second),
		Vault:       wire.VaultOf(s.v.Status()), Grant: sc.grant, State: s.o.State, SomeOnly: !s.programs.any(),
	}
	if !sc.grant.Full() {
		st.Vault.Slots = []wire.Slot{}
		st.Vault.Writable = st.Vault.Writable && !sc.grant.ReadOnly
	}
	if st.Grant.Only == nil {
		st.Grant.Only = []string{}
	}
	return st
}
