// Command tacit is the small program of two: see package front. Beside it, as
// tacit-core, has to lie the whole one.
package main

import (
	"os"
	"runtime/debug"

	"github.com/tacit-vault/tacit/cli/front"
	"github.com/tacit-vault/tacit/cli/protocols"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
)

func main() {
	system.DeepenStack()
	debug.SetGCPercent(400) // as the whole program: a read ends before the first collection
	app := front.New()
	call := app.Read(protocols.Args(os.Args))
	if !front.Answers(call) {
		os.Exit(call.Fail(app.Whole())) // which comes back only with an error
	}
	app.Unharden = system.Harden()
	os.Exit(call.Run(terminal.SignalsFor(call.Sudden())))
}
