package group

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/helper"
)

// pause is the time between two turns of a command that goes on, if no address says that
// something is new. Half of it is drawn, so that a thousand members do not come at once.
const pause = time.Minute

// retry is about the time until the next turn where one did not go through: the network
// may just be coming up, or a server begin again. It doubles each time, up to the pause.
const retry = time.Second

// A station is a command that goes on. It has the vault only while something is
// exchanged: in between, other commands read and write it, and what they set goes out at
// the next turn. It keeps the key, and the addresses open.
type station struct {
	s     *frame.Session
	hand  *hand               // nil before the first turn; lent between two
	heard map[string][]string // by address: the prefixes to hear of

	failed int  // turns in a row that did not go through to each address
	lost   bool // the last wait ended because an address could not be listened to
}

// turn has the vault for one turn. Where its key has to go meanwhile, it begins again with
// another one, or ends.
func (st *station) turn(ctx context.Context, fn func(*hand) error) error {
	for {
		if err := st.begin(ctx); err != nil {
			st.failed++
			return err
		}
		st.heard, st.hand.far = map[string][]string{}, false
		err := fn(st.hand)
		if st.hand.over() && ctx.Err() == nil {
			continue
		}
		st.went(st.hand.far, err)
		if err == nil {
			st.s.Wrote(st.hand.Status())
		}
		if lent := st.hand.Lend(context.WithoutCancel(ctx)); err == nil {
			err = lent
		}
		return err
	}
}

// went counts a turn. far: an address could not be reached.
func (st *station) went(far bool, err error) {
	switch {
	case err != nil || far:
		st.failed++
	case !st.lost:
		st.failed = 0
	}
}

// begin opens the vault, or has it back. A vault that has other keys by now is opened
// again, and one whose key was lent by an agent that has locked: with a key that is at
// hand, because nobody may be there to be asked.
func (st *station) begin(ctx context.Context) (err error) {
	var lost error
	if st.hand != nil {
		err := st.hand.again(ctx)
		if !isLocked(err) {
			return err
		}
		if st.hand.local.Loan != nil {
			lost = err
		}
		st.close()
		keyring.Scrub()
	}
	if st.hand, err = st.take(ctx, lost != nil); err != nil {
		st.hand = nil
		if lost != nil && isLocked(err) {
			return lost
		}
		return err
	}
	clear(st.s.Typed) // what opened the vault is not needed any more
	st.s.Typed = nil
	keyring.Scrub()
	return nil
}

func isLocked(err error) bool {
	return err != nil && failure.Explain(err).Code == string(vault.Locked)
}

// take opens the vault to keep it. silently asks for no key.
func (st *station) take(ctx context.Context, silently bool) (*hand, error) {
	asks := st.s.NoInput
	st.s.NoInput = asks || silently
	defer func() { st.s.NoInput = asks }()
	return take(ctx, st.s, true)
}

// hear notes that there may be news of a group at the addresses that were reached.
func (st *station) hear(r group.Report, id group.ID, kinds ...transport.Kind) {
	for _, p := range r.Places {
		if p.Err != nil {
			st.hand.far = true
			continue
		}
		for _, kind := range kinds {
			st.heard[p.Address] = append(st.heard[p.Address], transport.Prefix(kind, id))
		}
		if len(st.heard[p.Address]) > helper.MaxPrefixes {
			st.heard[p.Address] = nil
			for _, kind := range kinds {
				st.heard[p.Address] = append(st.heard[p.Address], string(kind)+"/")
			}
		}
	}
}

// wait returns when something is new at an address since the last time, or the time is
// over, which is sooner after a turn that did not go through. At an address that was just
// opened it returns at once: what came before the station listened is not missed. Where an address hangs in the system, it is not waited
// for once the command ends, or the key that was lent has to go: the next turn wipes it.
func (st *station) wait(goes context.Context) {
	ctx, cancel := context.WithCancel(goes)
	defer cancel()
	st.lost = false
	gone := make(chan struct{}, len(st.heard))
	var all sync.WaitGroup
	var mu sync.Mutex // guards lost
	var lost []string
	for address, prefixes := range st.heard {
		t := st.hand.open[address]
		if t == nil {
			continue
		}
		all.Go(func() {
			err := t.Wait(ctx, prefixes...)
			if err == nil {
				cancel()
			} else if ctx.Err() == nil {
				mu.Lock()
				defer mu.Unlock()
				lost = append(lost, address)
				gone <- struct{}{}
			}
		})
	}
	over := st.loanOver()
	timer := time.NewTimer(st.rest())
	defer timer.Stop()
	for waits := true; waits; {
		waits = false
		select {
		case <-gone: // the others are listened to a little longer
			if waits = true; !st.lost {
				st.lost = true
				st.failed++
				timer.Reset(st.rest())
			}
		case <-timer.C:
		case <-ctx.Done():
		case <-over:
		}
	}
	cancel()
	ended := make(chan struct{})
	go func() {
		all.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-goes.Done():
		within(ended)
	case <-over:
		within(ended)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, address := range lost {
		st.hand.shut(address) // it is opened again at the next turn
	}
}

// rest is how long is waited for news until the next turn.
func (st *station) rest() time.Duration {
	most := pause
	if st.failed > 0 && st.failed < 8 {
		most = min(pause, retry<<(st.failed-1))
	}
	return most/2 + rand.N(most/2+1)
}

// loanOver is closed when the agent has locked that has lent the key; nil: there is none.
func (st *station) loanOver() <-chan struct{} {
	if st.hand == nil {
		return nil
	}
	return st.hand.loan.over
}

// close gives the vault back, and wipes its key.
func (st *station) close() {
	if st.hand == nil {
		return
	}
	if err := st.hand.close(); err != nil {
		st.s.Warn("%v", err)
	}
	st.hand, st.heard = nil, nil
}
