//go:build unix

package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tacit-vault/tacit/cli/front"
	"github.com/tacit-vault/tacit/cli/protocols"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/tablestore"
	"github.com/tacit-vault/tacit/vault"
)

func init() { smallMain = frontMain }

// frontMain is the small program, as tacitMain is the whole one.
func frontMain() int {
	app := front.New()
	asInTests(app)
	app.Adjust = func(o *vault.Options) {
		o.Store = tablestore.Before(func(context.Context, string, store.Options) (store.Store, error) { return nil, store.ErrNotLinked })
	}
	args := protocols.Args(os.Args)
	app.Whole = func() error {
		core, err := exec.LookPath(front.Core)
		if err != nil {
			return err
		}
		return syscall.Exec(core, append([]string{front.Core}, args...), os.Environ())
	}
	call := app.Read(args)
	if !front.Answers(call) {
		return call.Fail(app.Whole())
	}
	app.Unharden = system.Harden()
	return call.Run(terminal.SignalsFor(call.Sudden()))
}

// shortThroughFront are the scripts that a short run repeats with the small program:
// those of the commands that it has.
var shortThroughFront = []string{"agentends", "completion", "inject", "large", "list", "run", "secrets", "unlock"}

// The small program answers as the whole one does: every script runs with it.
func TestFrontScripts(t *testing.T) {
	t.Parallel()
	p := scripts()
	p.Setup = func(e *testscript.Env) error {
		e.Setenv(smallVariable, "1")
		return setupScript(e)
	}
	if testing.Short() {
		p.Dir = ""
		for _, name := range shortThroughFront {
			p.Files = append(p.Files, filepath.Join("..", "testdata", "scripts", name+".txtar"))
		}
	}
	testscript.Run(t, p)
}
