package group

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// While a command of groups has the vault, no other can write to it. An address may take
// long to answer: meanwhile others have the vault. What an agent waits for its vault has
// a limit, too.

const (
	// patience is how long others wait for an address that does not answer.
	patience = 200 * time.Millisecond
	// atMost is how long others wait while addresses answer: after that they are let in
	// at the next question that takes a moment.
	atMost = 2 * time.Second
	moment = 10 * time.Millisecond
)

// A lender is a vault that can be lent to others.
type lender interface {
	// Lend lets others have the vault; until Recall every method fails.
	Lend(ctx context.Context) error
	// Recall has it back. Locked where it has other keys by now.
	Recall(ctx context.Context) error
}

// A loan lends the vault while an address does not answer.
type loan struct {
	vault lender
	over  <-chan struct{} // closed when the agent has locked that has lent the key; nil: there is none

	mu    sync.Mutex // guards what follows, and is held while the vault is lent or recalled
	slow  int        // questions that take long
	since time.Time  // when the vault was recalled
}

// An answer is what an address has answered.
type answer[T any] struct {
	got T
	err error
}

// during asks an address; lost is an error of the vault. What an address is asked may hang
// in the system, where no context ends it, as on a network's disk that is cut: it is left
// there once ctx has ended, or the key that was lent has to go. drop, which may be nil, is
// for an answer that comes then.
func during[T any](ctx context.Context, l *loan, ask func(context.Context) (T, error), drop func(T)) (a answer[T], lost error) {
	asking, end := context.WithCancel(ctx)
	defer end()
	answers, left := make(chan answer[T]), make(chan struct{})
	defer close(left)
	go func() {
		got, err := ask(asking)
		select {
		case answers <- answer[T]{got, err}:
		case <-left:
			if err == nil && drop != nil {
				drop(got)
			}
		}
	}()
	timer := time.NewTimer(l.wait())
	defer timer.Stop()
	select {
	case a = <-answers:
		return a, nil
	case <-timer.C:
	}
	lost = l.lend(ctx)
	lent := lost == nil
	select {
	case a = <-answers:
	case <-ctx.Done():
		a = leave(answers, end, ctx.Err())
	case <-l.over:
		a = leave(answers, end, failure.LoanOver())
	}
	if lent {
		lost = l.recall(ctx)
	}
	return a, lost
}

// leave ends a question, and leaves it where it goes on nevertheless.
func leave[T any](answers <-chan answer[T], end func(), why error) (a answer[T]) {
	end()
	a, ended := within(answers)
	if !ended || a.err != nil {
		a.err = why
	}
	return a
}

// grace is how long a question may go on that was ended.
const grace = 300 * time.Millisecond

// within receives, if something comes soon.
func within[T any](from <-chan T) (got T, came bool) {
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case got = <-from:
		return got, true
	case <-timer.C:
		return got, false
	}
}

// wait is how long an address may take before the vault is lent.
func (l *loan) wait() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.since) > atMost {
		return moment
	}
	return patience
}

func (l *loan) lend(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slow++; l.slow > 1 {
		return nil
	}
	err := l.vault.Lend(ctx)
	if err != nil {
		l.slow--
	}
	return err
}

func (l *loan) recall(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slow--; l.slow > 0 {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err() // the command ends: it needs no vault
	}
	l.since = time.Now()
	return l.vault.Recall(ctx)
}

// lending is a transport that lends the vault while it does not answer.
type lending struct {
	transport.Transport
	loan *loan
}

var (
	_ transport.Transport = lending{}
	_ transport.Deleter   = lending{}
)

func (l lending) Put(ctx context.Context, key string, data, old []byte) error {
	a, lost := during(ctx, l.loan, func(ctx context.Context) (struct{}, error) { return struct{}{}, l.Transport.Put(ctx, key, data, old) }, nil)
	return errors.Join(lost, a.err)
}

func (l lending) Get(ctx context.Context, key string) ([]byte, error) {
	a, lost := during(ctx, l.loan, func(ctx context.Context) ([]byte, error) { return l.Transport.Get(ctx, key) }, nil)
	return a.got, errors.Join(lost, a.err)
}

func (l lending) List(ctx context.Context, prefix, after string) ([]string, error) {
	a, lost := during(ctx, l.loan, func(ctx context.Context) ([]string, error) { return l.Transport.List(ctx, prefix, after) }, nil)
	return a.got, errors.Join(lost, a.err)
}

// Delete has the transport delete, if it can.
func (l lending) Delete(ctx context.Context, key string) error {
	a, lost := during(ctx, l.loan, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, transport.Delete(ctx, l.Transport, key)
	}, nil)
	return errors.Join(lost, a.err)
}

// A hand has the vault, and the addresses that it exchanges through.
type hand struct {
	*vault.Vault
	s     *frame.Session
	local frame.Local
	loan  *loan
	open  map[string]transport.Transport
	far   bool          // an address could not be reached in this turn
	ended chan struct{} // closed by close; nil: no agent has lent the key
	said  map[group.ID]string
}

// isNews tells whether something else is to be said of a group than the last time.
func (h *hand) isNews(id group.ID, text string) bool {
	was := h.said[id]
	h.said[id] = text
	return was != text
}

// Lend implements lender.
func (h *hand) Lend(ctx context.Context) error { return h.local.Lend(ctx) }

// Recall implements lender.
func (h *hand) Recall(ctx context.Context) error { return h.local.Recall(ctx, h.s) }

// take opens the vault for writing. kept says that the hand lends it between turns.
func take(ctx context.Context, s *frame.Session, kept bool) (*hand, error) {
	var local frame.Local
	var err error
	if kept {
		local, err = frame.KeepAlone(ctx, s)
	} else {
		local, err = frame.OpenAlone(ctx, s, true)
	}
	if err != nil {
		return nil, err
	}
	h := &hand{Vault: local.Vault, s: s, local: local, open: map[string]transport.Transport{}, said: map[group.ID]string{}}
	h.loan = &loan{vault: h, since: time.Now()}
	if local.Loan != nil {
		h.watch(local.Loan.Over, kept)
	}
	return h, nil
}

// look is how often it is looked whether the agent that has lent a key has locked.
const look = time.Second / 2

// watch looks whether the agent has locked that has lent the key. A hand that is kept is
// closed then, whatever is under way; another one ends by itself, unless an address hangs.
func (h *hand) watch(over func() bool, kept bool) {
	locked, ended := make(chan struct{}), make(chan struct{})
	h.loan.over, h.ended = locked, ended
	go func() {
		ticker := time.NewTicker(look)
		defer ticker.Stop()
		for !over() {
			select {
			case <-ticker.C:
			case <-ended:
				return
			}
		}
		close(locked)
		if kept {
			_ = h.Vault.Close() // it waits for what reads and writes, not for an address
		}
	}()
}

// over tells whether the agent has locked that has lent the key.
func (h *hand) over() bool {
	select {
	case <-h.loan.over: // nil, where none has
		return true
	default:
		return false
	}
}

// places opens addresses, those that are not open yet. One that cannot be reached is
// warned of.
func (h *hand) places(ctx context.Context, addresses []string) (p places, err error) {
	for _, address := range addresses {
		t := h.open[address]
		if t == nil {
			a, lost := during(ctx, h.loan, func(ctx context.Context) (transport.Transport, error) { return openAddress(ctx, address) },
				func(t transport.Transport) { _ = transport.Close(t) })
			if a.err == nil {
				h.open[address] = a.got
			}
			if lost == nil {
				lost = ctx.Err()
			}
			if lost != nil {
				return p, lost
			}
			if a.err != nil {
				p.far, h.far = append(p.far, a.err), true
				continue
			}
			t = a.got
		}
		p.list = append(p.list, group.Place{Address: address, Transport: lending{t, h.loan}})
	}
	if len(p.list) > 0 {
		for _, err := range p.far {
			h.s.Warn("%v", err)
		}
	}
	return p, nil
}

// again has the vault back after it was lent between two turns.
func (h *hand) again(ctx context.Context) error {
	h.loan.since = time.Now()
	return h.Recall(ctx)
}

// drop closes the addresses that failed: they are opened again when they are asked.
func (h *hand) drop(r group.Report) {
	for _, p := range r.Places {
		if p.Err != nil {
			h.shut(p.Address)
		}
	}
}

func (h *hand) shut(address string) {
	if t := h.open[address]; t != nil {
		_ = transport.Close(t)
		delete(h.open, address)
	}
}

// close closes the vault first, whose keys have to go, and then the addresses.
func (h *hand) close() error {
	if h.ended != nil {
		close(h.ended)
	}
	err := h.local.Close()
	for address := range h.open {
		h.shut(address)
	}
	return err
}
