// Command tacit keeps secrets in an encrypted vault: one directory, no server.
package main

import (
	"log"
	"os"
	"runtime/debug"

	"github.com/tacit-vault/tacit/cli"
	"github.com/tacit-vault/tacit/cli/protocols"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
)

func main() {
	system.DeepenStack()
	debug.SetGCPercent(400) // the store's arena alone sets off collections
	log.SetFlags(0)
	args := protocols.Args(os.Args)
	log.SetOutput(cli.DatabaseLog(os.Stderr, args))
	app := cli.New()
	call := app.Read(args)
	app.Unharden = system.Harden()
	os.Exit(call.Run(terminal.SignalsFor(call.Sudden())))
}
