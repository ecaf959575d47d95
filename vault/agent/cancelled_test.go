//go:build linux || darwin || freebsd

package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// Who gives up amid an answer gets no more of it, though all of it has arrived.
func TestCancelledAmidAnAnswer(t *testing.T) {
	ours, theirs := connected(t)
	defer theirs.Close()
	one := `{"key":"A","value":"v","kind":"text","version":1,"oldest":1,"size":1,"updated":"2026-01-01T00:00:00Z"}` + "\n"
	all := strings.Repeat(one, 3) + `{"end":3}` + "\n"
	if _, err := fmt.Fprintf(theirs, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(all), all); err != nil {
		t.Fatal(err)
	}
	client := newClient("/nowhere/agent.sock")
	defer client.Close()
	client.calls.spare = newLink(ours, sockets.Peer{})
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := client.ReadEach(ctx, nil, func(vault.Secret) error {
		n++
		cancel()
		return nil
	})
	if n != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d secrets, %v", n, err)
	}
}
