//go:build linux || darwin || freebsd

package agent_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/server"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// A program asks the agent, and needs no key of its own. The client has the methods of
// a vault. Most programs find the socket with agent.Socket, and somebody else runs the
// agent: tacit unlock.
func ExampleClient() {
	ctx, end := context.WithCancel(context.Background())
	socket, served := exampleAgent(ctx)
	defer func() { end(); <-served }()

	c, err := agent.Dial(ctx, socket)
	if err != nil {
		log.Fatal(err) // sockets.ErrNone: no agent runs
	}
	defer c.Close()
	secret, err := c.Read(ctx, "API_KEY")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, version %d\n", secret.Value.Reveal(), secret.Version)
	_, err = c.Read(ctx, "OTHER")
	fmt.Println(errors.Is(err, vault.NotFound))
	info, err := c.Set(ctx, "API_KEY", vault.Text("an0ther"), vault.IfPresent())
	fmt.Println(info.Version, err)
	// Output:
	// s3cret, version 1
	// true
	// 2 <nil>
}

// exampleAgent serves a vault with one secret until ctx ends.
func exampleAgent(ctx context.Context) (socket string, served chan error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	key, err := crypto.NewPassphrase([]byte("correct horse battery staple"), crypto.WithWorkFactor(10))
	if err != nil {
		log.Fatal(err)
	}
	v, err := vault.Create(ctx, filepath.Join(dir, "vault"), vault.CreateOptions{
		Slots: []vault.NewSlot{{Label: "passphrase", Lock: key}}, State: filepath.Join(dir, "state"),
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := v.Set(ctx, "API_KEY", vault.Text("s3cret")); err != nil {
		log.Fatal(err)
	}
	socket = filepath.Join(dir, "agent.sock")
	l, err := sockets.Listen(socket)
	if err != nil {
		log.Fatal(err)
	}
	served = make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, v, server.Options{Listeners: []net.Listener{l}})
		os.RemoveAll(dir)
	}()
	return socket, served
}
