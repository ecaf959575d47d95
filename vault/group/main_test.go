package group

import (
	"flag"
	"os"
	"testing"

	"github.com/tacit-vault/tacit/store/longtest"
	_ "github.com/tacit-vault/tacit/vault/ondisk"
)

// How much of the random tests a run does. A short run does less: see [slice].
var (
	attackVariants = flag.Int("attack.variants", 4, "variants of each attack; 1 in a short run")
	histories      = flag.Int("histories", 40, "histories of a fleet; 4 in a short run")
)

// slice is what a flag says, and little in a short run.
func slice(all *int, little int) int {
	if testing.Short() {
		return little
	}
	return *all
}

func TestMain(m *testing.M) {
	longtest.Choose()
	longtest.InMemory() // the vaults are, too: what lies on the disk is what a machine remembers of them
	os.Exit(m.Run())
}
