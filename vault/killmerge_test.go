package vault_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
)

// mergeUntilKilled is the child: it counts in a secret and in a group's record, both in
// one merge, every eighth of which is more than a transaction takes. It never ends by
// itself.
func mergeUntilKilled(dir string) int {
	v, err := openInChild(dir)
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("open", 0)
	for {
		n := 0
		err := v.Merge(context.Background(), "merge", func(w *vault.MergeView) (vault.Merge, error) {
			last, _, err := w.Own(groupState)
			fmt.Sscan(string(last.Reveal()), &n)
			n++
			m := vault.Merge{
				Given: []vault.Given{given("COUNTER", fmt.Sprint(n))},
				Own:   map[string]vault.Value{groupState: vault.Text(fmt.Sprint(n))},
			}
			for i := range 4000 * (n % 8 / 7) {
				m.Given = append(m.Given, given(fmt.Sprintf("N%06d", i), fmt.Sprint(n)))
			}
			return m, err
		})
		if err != nil {
			fmt.Println("error", err)
			return 1
		}
		fmt.Println("merged", n)
	}
}

// Killed at any moment, a merge has stored what was given and the group's record, or
// neither; what was acknowledged is there.
func TestKillMerge(t *testing.T) {
	t.Parallel()
	f := newKillFixture(t)
	acknowledged := 0
	f.killEach(killRuns{
		rounds: *killRounds, short: 2, within: 600 * time.Millisecond, env: []string{"TACIT_TEST_MERGES=1"},
	}, func(round int, said map[string]int) {
		acknowledged = max(acknowledged, said["merged"])
		f.with(func(v *vault.Vault) { f.checkMerge(v, round, acknowledged) })
	})
	t.Logf("%d merges were acknowledged", acknowledged)
}

func (f *fixture) checkMerge(v *vault.Vault, round, acknowledged int) {
	f.t.Helper()
	own, there, err := vault.GroupRecord(f.t.Context(), v, groupState)
	if err != nil {
		f.t.Fatal(err)
	}
	if !there {
		if acknowledged > 0 {
			f.t.Fatalf("round %d: nothing is there, %d were acknowledged", round, acknowledged)
		}
		return
	}
	var n int
	fmt.Sscan(string(own.Reveal()), &n)
	if counter := get(f.t, v, "COUNTER"); counter != string(own.Reveal()) || n < acknowledged {
		f.t.Fatalf("round %d: the secret says %s, the record %d, acknowledged was %d", round, counter, n, acknowledged)
	}
	last := (n+1)/8*8 - 1 // the last that was large
	sec, err := v.Read(f.t.Context(), "N003999")
	if err == nil != (last > 0) || last > 0 && string(sec.Value.Reveal()) != fmt.Sprint(last) {
		f.t.Fatalf("round %d: after %d: %v", round, n, err)
	}
	verifies(f.t, v)
}
