// Command tacit is the small program of two: see package front. Beside it, as
// tacit-core, has to lie the whole one.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/tacit-vault/tacit/cli/front"
	"github.com/tacit-vault/tacit/cli/protocols"
	"github.com/tacit-vault/tacit/cli/system"
)

func main() {
	debug.SetGCPercent(400) // as the whole program: a read ends before the first collection
	app := front.New()
	args := protocols.Args(os.Args)
	if !front.Answers(app, args) {
		os.Exit(front.StartWhole(app, args))
	}
	app.Unharden = system.Harden()
	os.Exit(app.Run(system.Signals(context.Background()), args))
}
