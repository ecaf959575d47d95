package vault_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/banktest"
)

// Several at once make transfers while others add up, on one open vault.
func TestBank(t *testing.T) {
	t.Parallel()
	rounds, random := banktest.Rounds(t)
	f := newFixture(t)
	v := f.open()
	banktest.Open(t, v)
	banktest.Crowd(t, random, []banktest.Bank{v, v, v, v}, []banktest.Bank{v, v}, 20*rounds)
	f.whole(v)
	if err := banktest.Audit(t.Context(), v); err != nil {
		t.Error(err)
	}
}

// bankUntilKilled is a process that makes transfers, and says each that has
// returned. It never ends by itself.
func bankUntilKilled(dir string) int {
	v, err := openInChild(dir)
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	seed, _ := strconv.ParseUint(os.Getenv("TACIT_TEST_BANK"), 10, 64)
	random := rand.New(rand.NewPCG(seed, 3))
	out := bufio.NewWriter(os.Stdout)
	fmt.Println("open", 0)
	for n := 1; ; n++ {
		if err := banktest.Transfer(context.Background(), v, random); err != nil {
			fmt.Println("error", err)
			return 1
		}
		fmt.Fprintln(out, "made", n)
		out.Flush()
	}
}

// A process is killed in the middle of transfers; the next one to open the
// vault, a reader or a writer, finds the same total.
func TestBankKilled(t *testing.T) {
	t.Parallel()
	rounds, random := banktest.Rounds(t)
	f := newKillFixture(t)
	f.with(func(v *vault.Vault) { banktest.Open(t, v) })
	made := 0
	for round := range rounds {
		said := f.killChild(time.Duration(random.IntN(300))*time.Millisecond, "TACIT_TEST_BANK="+strconv.FormatUint(random.Uint64(), 10))
		made += said["made"]
		ways := [][]func(*vault.Options){{readOnly}, {}}
		for _, way := range [][]func(*vault.Options){ways[round%2], ways[(round+1)%2]} {
			f.with(func(v *vault.Vault) {
				if err := banktest.Audit(context.Background(), v); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				f.whole(v)
			}, way...)
		}
	}
	t.Logf("%d kills, %d transfers were acknowledged", rounds, made)
}

// Every one of the store's commits fails once, in each way in which it can.
func TestBankFaults(t *testing.T) {
	t.Parallel()
	long(t)
	rounds, random := banktest.Rounds(t)
	f := newFixture(t)
	f.with(func(v *vault.Vault) { banktest.Open(t, v) })
	failed := 0
	for range rounds {
		for _, how := range faults {
			v := f.open()
			s := failing(v, 1+random.IntN(6), how)
			var err error
			for range 8 {
				if terr := banktest.Transfer(t.Context(), v, random); terr != nil && err == nil {
					err = terr
				}
				if s.dead != nil {
					break
				}
				if aerr := banktest.Audit(t.Context(), v); aerr != nil {
					t.Fatalf("%s: %v", how.name, aerr)
				}
			}
			if err != nil {
				failed++
				if !errors.Is(err, how.err) {
					t.Fatalf("%s: %v", how.name, err)
				}
			}
			v.Close()
			f.with(func(v *vault.Vault) {
				if err := banktest.Audit(t.Context(), v); err != nil {
					t.Fatalf("%s: %v", how.name, err)
				}
				f.whole(v)
			})
		}
	}
	t.Logf("%d transfers failed", failed)
	if failed == 0 {
		t.Error("nothing failed")
	}
}

var _ banktest.Bank = (*vault.Vault)(nil)
