package torture

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/store/longtest"
)

var (
	rounds = flag.Int("rounds", 0, "how many rounds each test does; 0: its short slice")
	seed   = flag.Uint64("seed", 0, "seed of all that is random; 0: a new one")
)

// budget is how many rounds a test does: what the flag says, else a slice that
// CI has the time for.
func budget(slice int) int {
	switch {
	case *rounds > 0:
		return *rounds
	case testing.Short():
		return max(1, slice/4)
	}
	return slice
}

// dice is the test's source of chance. The seed is in its log, and is all that
// it takes to do the same again.
func dice(t *testing.T) *rand.Rand {
	t.Helper()
	n := *seed
	if n == 0 {
		n = rand.Uint64()
	}
	t.Logf("seed %d: repeat with -run '^%s$' -seed %d", n, t.Name(), n)
	return rand.New(rand.NewPCG(n, 0))
}

// program builds tacit once for all tests, as the README says to. A short run needs
// only what go test has compiled already: without cgo, all would be compiled again.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(binDir, "tacit")
	build := exec.Command("go", "build", "-o", path, "../..")
	if !testing.Short() {
		build = exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-o", path, "../..")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
	}
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building tacit: %w\n%s", err, out)
	}
	return path, nil
})

// binDir holds what the tests build; TestMain makes and removes it.
var binDir string

func TestMain(m *testing.M) {
	longtest.Choose()
	dir, err := os.MkdirTemp("", "tacit-torture-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
