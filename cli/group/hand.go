package group

import (
	"context"
	"errors"
	"sync"
	"time"

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

	mu    sync.Mutex // guards what follows, and is held while the vault is lent or recalled
	slow  int        // questions that take long
	since time.Time  // when the vault was recalled
}

// during asks an address. The error is that of the vault.
func (l *loan) during(ctx context.Context, ask func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ask()
	}()
	timer := time.NewTimer(l.wait())
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
	}
	if err := l.lend(ctx); err != nil {
		<-done
		return err
	}
	<-done
	return l.recall(ctx)
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

func (l lending) Put(ctx context.Context, key string, data, old []byte) (err error) {
	lost := l.loan.during(ctx, func() { err = l.Transport.Put(ctx, key, data, old) })
	return errors.Join(lost, err)
}

func (l lending) Get(ctx context.Context, key string) (data []byte, err error) {
	lost := l.loan.during(ctx, func() { data, err = l.Transport.Get(ctx, key) })
	return data, errors.Join(lost, err)
}

func (l lending) List(ctx context.Context, prefix, after string) (keys []string, err error) {
	lost := l.loan.during(ctx, func() { keys, err = l.Transport.List(ctx, prefix, after) })
	return keys, errors.Join(lost, err)
}

// Delete has the transport delete, if it can.
func (l lending) Delete(ctx context.Context, key string) (err error) {
	lost := l.loan.during(ctx, func() { err = transport.Delete(ctx, l.Transport, key) })
	return errors.Join(lost, err)
}

// A hand has the vault, and the addresses that it exchanges through.
type hand struct {
	*vault.Vault
	s     *frame.Session
	local frame.Local
	loan  *loan
	open  map[string]transport.Transport
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
	h := &hand{Vault: local.Vault, s: s, local: local, open: map[string]transport.Transport{}}
	h.loan = &loan{vault: h, since: time.Now()}
	return h, nil
}

// places opens addresses, those that are not open yet. One that cannot be reached is
// warned of.
func (h *hand) places(ctx context.Context, addresses []string) (p places, err error) {
	for _, address := range addresses {
		t := h.open[address]
		if t == nil {
			var failed error
			if err := h.loan.during(ctx, func() { t, failed = openAddress(ctx, address) }); err != nil {
				return p, err
			}
			if ctx.Err() != nil {
				return p, ctx.Err()
			}
			if failed != nil {
				p.far = append(p.far, failed)
				continue
			}
			h.open[address] = t
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

// close closes the vault and the addresses.
func (h *hand) close() error {
	for address := range h.open {
		h.shut(address)
	}
	return h.local.Close()
}
