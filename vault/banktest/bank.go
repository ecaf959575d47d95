// Package banktest is the bank test of Badger over the vault's own transactions:
// so many accounts, each a secret that holds a balance. Every transfer takes from
// some and gives to others in one batch, under the versions that were read.
// Whatever happens, no state of the vault has another total.
package banktest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

const (
	accounts = 100
	balance  = 1000
	total    = accounts * balance
)

var (
	rounds = flag.Int("bank.rounds", 3, "how often a process that makes transfers, or an agent under them, is killed, and the disk filled")
	seed   = flag.Uint64("bank.seed", 0, "seed of the transfers, 0: a new one")
)

// Rounds is how often a test does what it does to the bank, and a source of its
// transfers; the test's log says what repeats them.
func Rounds(t testing.TB) (int, *rand.Rand) {
	t.Helper()
	from := *seed
	if from == 0 {
		from = rand.Uint64()
	}
	t.Logf("%d rounds, seed %d", *rounds, from)
	return *rounds, rand.New(rand.NewPCG(from, 1))
}

func account(i int) string { return fmt.Sprintf("ACCOUNT_%03d", i) }

// A Bank is where the accounts can be read and changed: a vault, or an agent's
// client.
type Bank interface {
	Apply(ctx context.Context, changes []vault.Change, progress func(done, total int)) ([]vault.Info, error)
	ReadAll(ctx context.Context, names ...string) ([]vault.Secret, error)
}

// Open opens the accounts.
func Open(t testing.TB, b Bank) {
	t.Helper()
	var changes []vault.Change
	for i := range accounts {
		changes = append(changes, vault.Change{Name: account(i), Value: vault.Text(strconv.Itoa(balance)), If: vault.Absent})
	}
	if _, err := b.Apply(context.Background(), changes, nil); err != nil {
		t.Fatal(err)
	}
}

// Transfer moves a random amount between some accounts, in one batch. A lost
// race is a Conflict.
func Transfer(ctx context.Context, b Bank, random *rand.Rand) error {
	of := random.Perm(accounts)[:2+2*random.IntN(3)]
	names := make([]string, len(of))
	for i, n := range of {
		names[i] = account(n)
	}
	secrets, err := b.ReadAll(ctx, names...)
	if err != nil {
		return err
	}
	balances := make([]int, len(secrets))
	for i, sec := range secrets {
		if balances[i], err = strconv.Atoi(string(sec.Value.Reveal())); err != nil {
			return err
		}
	}
	for i := 0; i < len(balances); i += 2 {
		n := random.IntN(balances[i] + 1)
		balances[i], balances[i+1] = balances[i]-n, balances[i+1]+n
	}
	changes := make([]vault.Change, len(secrets))
	for i, sec := range secrets {
		changes[i] = vault.Change{Name: sec.Name, Value: vault.Text(strconv.Itoa(balances[i])), If: vault.AtVersion(sec.Version)}
	}
	_, err = b.Apply(ctx, changes, nil)
	return err
}

// Audit adds up one state of the bank. An error says that the total is another.
func Audit(ctx context.Context, b Bank) error {
	secrets, err := b.ReadAll(ctx)
	if err != nil {
		return err
	}
	sum := 0
	for _, sec := range secrets {
		n, err := strconv.Atoi(string(sec.Value.Reveal()))
		if err != nil || n < 0 {
			return fmt.Errorf("%s holds no balance", sec.Name)
		}
		sum += n
	}
	if len(secrets) != accounts || sum != total {
		return fmt.Errorf("%d accounts hold %d, must be %d and %d", len(secrets), sum, accounts, total)
	}
	return nil
}

// Crowd lets tellers make so many transfers while auditors add up, each on a bank
// of its own.
func Crowd(t testing.TB, random *rand.Rand, tellers, auditors []Bank, transfers int) {
	t.Helper()
	var (
		all               sync.WaitGroup
		made, lost, added atomic.Int64
		failed            atomic.Bool
	)
	open := func() bool { return !failed.Load() && (made.Load() < int64(transfers) || added.Load() == 0) }
	work := func(what string, do func() error) {
		all.Go(func() {
			for open() {
				if err := do(); err != nil {
					t.Errorf("%s: %v", what, err)
					failed.Store(true)
				}
			}
		})
	}
	for _, b := range tellers {
		random := rand.New(rand.NewPCG(random.Uint64(), 2))
		work("a transfer", func() error {
			err := Transfer(context.Background(), b, random)
			switch {
			case err == nil:
				made.Add(1)
			case errors.Is(err, vault.Conflict):
				lost.Add(1)
				err = nil
			}
			return err
		})
	}
	for _, b := range auditors {
		work("an audit", func() error {
			defer added.Add(1)
			return Audit(context.Background(), b)
		})
	}
	all.Wait()
	t.Logf("%d transfers, %d lost a race, %d audits", made.Load(), lost.Load(), added.Load())
}
