package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/store/longtest"
)

// binDir is a folder with the program; TestMain makes and removes it.
var binDir string

func TestMain(m *testing.M) {
	longtest.Choose()
	dir, err := os.MkdirTemp("", "tacit-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// program builds tacit once for all tests. In a short run that needs what go test has
// compiled already, otherwise it is done as the README says.
var program = sync.OnceValue(func() error {
	args, environment := []string{"build", "-o", binDir}, os.Environ()
	if !testing.Short() {
		args, environment = append(args, "-tags", "urfave_cli_no_docs"), append(environment, "CGO_ENABLED=0")
	}
	build := exec.Command("go", append(args, ".")...)
	build.Env = environment
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building tacit: %w\n%s", err, out)
	}
	return nil
})

// built is the folder with the program, to be put in front of PATH.
func built(t *testing.T) string {
	t.Helper()
	if err := program(); err != nil {
		t.Fatal(err)
	}
	return binDir
}
