//go:build linux || darwin || freebsd

package server

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/store/longtest"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// TestMain lets the test binary be another process: an agent that is killed, a
// client that is somebody else.
func TestMain(m *testing.M) {
	var err error
	switch what := os.Getenv("TACIT_TEST_CHILD"); what {
	case "":
		longtest.Choose()
		os.Exit(m.Run())
	case "serve":
		err = childServe()
	case "ask":
		err = childAsk()
	default:
		err = fmt.Errorf("no such child: %s", what)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// childServe is an agent of the fixture's vault.
func childServe() error {
	tune()
	l, err := sockets.Listen(os.Getenv("TACIT_TEST_SOCKET"))
	if err != nil {
		return err
	}
	identity, err := os.ReadFile(os.Getenv("TACIT_TEST_KEY"))
	if err != nil {
		return err
	}
	key, err := crypto.Identities("test identity", strings.NewReader(string(identity)))
	if err != nil {
		return err
	}
	v, err := vault.Open(context.Background(), os.Getenv("TACIT_TEST_VAULT"), vault.Options{
		Keys: []crypto.Key{key}, Write: true, State: os.Getenv("TACIT_TEST_STATE"),
	})
	if err != nil {
		return err
	}
	return Serve(context.Background(), v, Options{
		Listeners: []net.Listener{l}, State: os.Getenv("TACIT_TEST_STATE"), LockOptions: keyring.LockOptions{ScryptLogN: testLogN},
	})
}
