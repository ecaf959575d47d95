package vault_test

import (
	"flag"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store/longtest"
)

// TestMain lets the test binary be a child that is killed (see kill_test.go),
// and keeps the model test short unless -rapid.checks says otherwise.
func TestMain(m *testing.M) {
	if dir := os.Getenv("TACIT_TEST_CHILD"); dir != "" {
		child := writeUntilKilled
		switch {
		case os.Getenv("TACIT_TEST_ROTATES") != "":
			child = rotateUntilKilled
		case os.Getenv("TACIT_TEST_MERGES") != "":
			child = mergeUntilKilled
		case os.Getenv("TACIT_TEST_INIT") != "":
			child = initInChild
		case os.Getenv("TACIT_TEST_BANK") != "":
			child = bankUntilKilled
		}
		os.Exit(child(dir))
	}
	longtest.Choose()
	debug.SetGCPercent(400) // as the program does: the database allocates much and briefly
	if !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.Contains(arg, "rapid.checks") }) {
		flag.Set("rapid.checks", "8")
	}
	os.Exit(m.Run())
}
