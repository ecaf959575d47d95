// Command tacit keeps secrets in an encrypted vault: one directory, no server.
package main

import (
	"context"
	"log"
	"os"
	"runtime/debug"

	"github.com/tacit-vault/tacit/cli"
)

func main() {
	debug.SetGCPercent(400) // the store's arena alone sets off collections
	log.SetFlags(0)
	log.SetOutput(cli.LastWords(os.Stderr))
	app := cli.New()
	app.Unharden = cli.Harden()
	os.Exit(app.Run(cli.Signals(context.Background()), cli.Args(os.Args)))
}
