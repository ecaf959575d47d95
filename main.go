// Command tacit keeps secrets in an encrypted vault: one directory, no server.
package main

import (
	"context"
	"log"
	"os"
	"runtime/debug"

	"github.com/tacit-vault/tacit/cli"
	"github.com/tacit-vault/tacit/cli/protocols"
	"github.com/tacit-vault/tacit/cli/system"
)

func main() {
	debug.SetGCPercent(400) // the store's arena alone sets off collections
	log.SetFlags(0)
	args := protocols.Args(os.Args)
	log.SetOutput(cli.DatabaseLog(os.Stderr, args))
	app := cli.New()
	app.Unharden = system.Harden()
	os.Exit(app.Run(system.Signals(context.Background()), args))
}
