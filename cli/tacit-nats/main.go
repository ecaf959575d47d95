// Command tacit-nats carries bundles to and from a NATS server. tacit starts it from its
// own folder, and it has credentials and never a key: see package helper. A person starts
// it to set a server up:
//
//	tacit-nats setup [--replicas N] ADDRESS
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/helper"
)

func main() {
	// An interrupt is for tacit: it ends this process by the end of its input.
	signal.Ignore(os.Interrupt)
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tacit-nats:", err)
		os.Exit(1)
	}
}

// errUsage is for a command line that is none.
var errUsage = errors.New("usage: tacit-nats setup [--replicas N] ADDRESS (without arguments it answers tacit)")

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return helper.Serve(ctx, in, out, func(ctx context.Context, address string) (transport.Transport, error) {
			c, err := open(ctx, address)
			if err != nil {
				return nil, err
			}
			return c, nil
		})
	}
	flags := flag.NewFlagSet("tacit-nats setup", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	replicas := flags.Int("replicas", 0, "")
	if args[0] != "setup" || flags.Parse(args[1:]) != nil || flags.NArg() != 1 || *replicas < 0 || *replicas > 5 {
		return errUsage
	}
	return setup(ctx, flags.Arg(0), *replicas, out)
}
