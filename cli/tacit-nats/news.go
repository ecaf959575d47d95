package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

const (
	// maxKept is how many bytes of bundles that came by themselves are kept until they
	// are asked for.
	maxKept = 16 << 20
	// pollEvery is the mean time after which a Wait returns without news, give or take
	// half: a message can be lost.
	pollEvery = time.Minute
)

// news is what a server has sent by itself. The bundles in it spare a request each.
type news struct {
	mu       sync.Mutex // guards what follows
	prefixes []string   // of the last Wait; nil before the first
	subs     []*nats.Subscription
	fresh    bool
	heard    chan struct{} // closed at the next news
	kept     map[string][]byte
	order    []string // of kept, oldest first; may have keys that are gone
	size     int
	closed   bool
}

func newNews() *news { return &news{heard: make(chan struct{}), kept: map[string][]byte{}} }

// tell notes that something may have changed.
func (n *news) tell(key string, data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if k, err := transport.Parse(key); err == nil && k.Kind == transport.Changes && len(data) <= transport.MaxData {
		n.keep(key, data)
	}
	n.fresh = true
	close(n.heard)
	n.heard = make(chan struct{})
}

// keep keeps a bundle, at the expense of the oldest. The caller has the mutex.
func (n *news) keep(key string, data []byte) {
	n.size += len(data) - len(n.kept[key])
	if len(data) == 0 { // it was deleted
		delete(n.kept, key)
		return
	}
	n.kept[key] = data
	n.order = append(n.order, key)
	for n.size > maxKept {
		n.size -= len(n.kept[n.order[0]])
		delete(n.kept, n.order[0])
		n.order = n.order[1:]
	}
}

// take gives a bundle away that came by itself, or nil.
func (n *news) take(key string) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	data := n.kept[key]
	if n.size -= len(data); data != nil {
		delete(n.kept, key)
		if i := slices.Index(n.order, key); i >= 0 {
			n.order = slices.Delete(n.order, i, i+1)
		}
	}
	return data
}

// check returns nil where there are news since the last Wait, which ends with that, and
// else what is closed at the next ones.
func (n *news) check() (heard <-chan struct{}, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, transport.ErrClosed
	}
	if n.fresh {
		n.fresh = false
		return nil, nil
	}
	return n.heard, nil
}

func (n *news) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.closed = true
		close(n.heard)
		n.heard = make(chan struct{})
	}
}

// Wait implements transport.Transport. The first one, and one with other prefixes,
// returns at once.
func (c *carrier) Wait(ctx context.Context, prefixes ...string) error {
	for _, p := range prefixes {
		if err := transport.CheckPrefix(p); err != nil {
			return err
		}
	}
	if err := c.subscribe(prefixes); err != nil {
		return err
	}
	timer := time.NewTimer(pollEvery/2 + rand.N(pollEvery))
	defer timer.Stop()
	for {
		heard, err := c.news.check()
		if heard == nil || err != nil {
			return err
		}
		select {
		case <-heard:
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// subscribe hears of other prefixes than before, if they are others.
func (c *carrier) subscribe(prefixes []string) error {
	n := c.news
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return transport.ErrClosed
	}
	if n.prefixes != nil && slices.Equal(n.prefixes, prefixes) {
		return nil
	}
	for _, s := range n.subs {
		_ = s.Unsubscribe()
	}
	n.subs, n.prefixes = nil, nil
	for _, prefix := range prefixes {
		for _, subject := range stream.Heard(prefix) {
			s, err := c.conn.Subscribe(subject, func(m *nats.Msg) {
				key, _ := stream.Key(m.Subject)
				n.tell(key, m.Data)
			})
			if err != nil {
				return explain(err)
			}
			n.subs = append(n.subs, s)
		}
	}
	n.prefixes = append([]string{}, prefixes...)
	n.fresh = true
	// The server has the subscriptions before this Wait returns, and so before tacit
	// looks: nothing that is stored after that look is missed.
	return explain(c.conn.FlushTimeout(callWait))
}
