package attack

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/store/longtest"
	"github.com/tacit-vault/tacit/vault"
)

var (
	variants = flag.Int("attack.variants", 2, "variants of each attack; 1 by default under -short")
	only     = flag.Int("attack.variant", -1, "repeat this variant alone")
	seed     = flag.Uint64("attack.seed", 0, "seed of the variants, 0: a new one")
	prebuilt = flag.String("attack.program", "", "tacit itself; built where not given")
	honest   = flag.Int("attack.honest", 100, "honest operations that must raise no alarm")
)

func TestMain(m *testing.M) {
	longtest.Choose()
	if testing.Short() && *variants == 2 {
		*variants = 1
	}
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	debug.SetGCPercent(400) // as the program does: the database allocates much and briefly
	code := m.Run()
	totals.print()
	program.remove()
	os.Exit(code)
}

// tally is what became of the variants of each attack.
type tally struct {
	mu     sync.Mutex // guards what is below
	of     map[string]*count
	honest int
}

type count struct {
	title                 string
	variants              int
	prevented, undetected int
	detected              map[vault.Code]int
}

var totals = tally{of: map[string]*count{}}

// outcome is what became of one variant.
type outcome struct {
	code  vault.Code // detected by this code; "": prevented
	unmet bool       // not detected, which SECURITY.md says
}

func (t *tally) add(a attack, o outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.of[a.id]
	if c == nil {
		c = &count{title: a.title, detected: map[vault.Code]int{}}
		t.of[a.id] = c
	}
	c.variants++
	switch {
	case o.unmet:
		c.undetected++
	case o.code == "":
		c.prevented++
	default:
		c.detected[o.code]++
	}
}

func (t *tally) worked(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.honest += n
}

// print writes a line for each attack, and the sum.
func (t *tally) print() {
	byNumber := func(a, b string) int { return len(a)*100 + int(a[len(a)-1]) - len(b)*100 - int(b[len(b)-1]) }
	sum := 0
	for _, id := range slices.SortedFunc(maps.Keys(t.of), func(a, b string) int {
		if len(a) == len(b) {
			return strings.Compare(a, b)
		}
		return byNumber(a, b)
	}) {
		c := t.of[id]
		sum += c.variants
		var how []string
		if c.prevented > 0 {
			how = append(how, fmt.Sprintf("prevented %d", c.prevented))
		}
		for _, code := range slices.Sorted(maps.Keys(c.detected)) {
			how = append(how, fmt.Sprintf("%s %d", code, c.detected[code]))
		}
		if c.undetected > 0 {
			how = append(how, fmt.Sprintf("not detected, as said, %d", c.undetected))
		}
		fmt.Printf("%-4s%-45s%5d variants: %s\n", id, c.title, c.variants, strings.Join(how, ", "))
	}
	fmt.Printf("seed %d: %d variants, %d honest operations\n", *seed, sum, t.honest)
}
