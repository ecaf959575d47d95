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
	args := cli.Args(os.Args)
	log.SetOutput(cli.LastWords(os.Stderr, args))
	app := cli.New()
	app.Unharden = cli.Harden()
	os.Exit(app.Run(cli.Signals(context.Background()), args))
}
