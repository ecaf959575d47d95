package heads_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store/longtest"
)

// TestMain has the model run longer in a long run, unless -rapid.checks says otherwise:
// the whole count is a command of its own, in CONTRIBUTING.
func TestMain(m *testing.M) {
	flag.Parse()
	longtest.Choose()
	if !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.Contains(arg, "rapid.checks") }) {
		checks := "3000"
		if testing.Short() {
			checks = "500"
		}
		flag.Set("rapid.checks", checks)
	}
	os.Exit(m.Run())
}
