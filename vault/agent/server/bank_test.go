//go:build linux || darwin || freebsd

package server

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/banktest"
)

var _ banktest.Bank = (*agent.Client)(nil)

// Several clients make transfers through one agent while others add up, and a
// process that yields the vault from the agent adds up too.
func TestBank(t *testing.T) {
	t.Parallel()
	rounds, random := banktest.Rounds(t)
	f := newFixture(t)
	a := f.start()
	banktest.Open(t, a)
	banks := make([]banktest.Bank, 6)
	for i := range banks {
		banks[i] = f.dial()
	}
	banktest.Crowd(t, random, banks[:4], banks[4:], 20*rounds)
	release, err := a.Yield(t.Context())
	fatal(t, err)
	v := f.open()
	fatal(t, banktest.Audit(t.Context(), v))
	fatal(t, banktest.Transfer(t.Context(), v, random))
	fatal(t, v.Close())
	release()
	fatal(t, banktest.Audit(t.Context(), banks[0]))
	report, err := a.Verify(t.Context(), vault.VerifyOptions{Full: true})
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("%+v, %v", report.Findings, err)
	}
}

// An agent is killed under its clients' transfers. The next one, and whoever
// opens the vault without one, finds the same total.
func TestBankKilled(t *testing.T) {
	rounds, random := banktest.Rounds(t)
	f := newFixture(t)
	v := f.open()
	banktest.Open(t, v)
	fatal(t, v.Close())
	var made atomic.Int64
	for round := range rounds {
		cmd := f.child(t, "serve")
		var all sync.WaitGroup
		enough := made.Load() + random.Int64N(30)
		killed := make(chan struct{})
		for range 4 {
			c, random := f.dialSoon(), rand.New(rand.NewPCG(random.Uint64(), 2))
			all.Go(func() {
				for {
					switch err := banktest.Transfer(context.Background(), c, random); {
					case err == nil:
						if made.Add(1) == enough+1 {
							close(killed)
						}
					case vault.CodeOf(err) == vault.Conflict:
					case isGone(err):
						return
					default:
						t.Errorf("round %d: %v", round, err)
						cmd.Process.Kill()
						return
					}
				}
			})
		}
		gone := make(chan struct{})
		go func() { all.Wait(); close(gone) }()
		select {
		case <-killed:
		case <-gone:
		}
		time.Sleep(time.Duration(random.IntN(2000)) * time.Microsecond)
		cmd.Process.Kill()
		cmd.Wait()
		<-gone
		v := f.open()
		if err := banktest.Audit(t.Context(), v); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		report, err := v.Verify(t.Context(), vault.VerifyOptions{Full: true})
		if err != nil || len(report.Findings) > 0 {
			t.Fatalf("round %d: %+v, %v", round, report.Findings, err)
		}
		fatal(t, v.Close())
	}
	t.Logf("%d kills, %d transfers were acknowledged", rounds, made.Load())
}
