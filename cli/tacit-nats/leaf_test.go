package main

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

// toHub has a leaf ask the hub, whose JetStream is in the domain hub: without it, nobody
// at the leaf finds the stream.
const toHub = `mappings {
  "$JS.API.STREAM.>": "$JS.hub.API.STREAM.>"
  "$JS.API.DIRECT.>": "$JS.hub.API.DIRECT.>"
}
`

func atHub(p stream.Permissions) stream.Permissions { return p.InDomain("hub") }

// TestLeaf: who is connected to a leaf hears and puts as at the hub. A leaf that is cut
// off for a while asks for what it has missed.
func TestLeaf(t *testing.T) {
	t.Parallel()
	servers, ca, toAny := cluster(t)
	leaf := start(t, usersAs(atHub)+toHub+toAny)
	leaf.await("JetStream using domains")
	writer, behind := as(t, servers[0], "writer", url.Values{"ca": {ca}}), as(t, leaf, "reader", nil)
	heard(t, writer, map[string]*carrier{"leaf": behind})
	site := as(t, leaf, "writer", nil)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	again(t, func() error { return site.find(ctx) })
	put(t, site, change(100), "from behind")
	want(t, writer, change(100), "from behind")
	if err := answered(func() error { _, err := behind.Get(ctx, transport.InboxKey(other)); return err }); !errors.Is(err, transport.ErrDenied) {
		t.Errorf("another group, at the leaf: %v", err)
	}
	leaf.kill()
	put(t, writer, change(101), "missed")
	if _, err := behind.Get(ctx, change(101)); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("the leaf is gone: %v", err)
	}
	leaf.run()
	want(t, behind, change(101), "missed")
}
