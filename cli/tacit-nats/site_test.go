package main

import (
	"context"
	"testing"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

// TestOperator: users with credentials, at a hub and at its leaf, may what these say.
func TestOperator(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	reader := stream.Allowed(stream.Reader, group, third)
	hub := by(t, s.servers[1].with(s.hub.creds("reader", &reader), s.ca))
	reader = reader.InDomain("hub")
	leaf := by(t, s.behind.with(s.leaf.creds("reader", &reader), ""))
	heard(t, s.admin, map[string]*carrier{"hub": hub, "leaf": leaf})
	for _, c := range []*carrier{hub, leaf} {
		if _, err := c.Get(context.Background(), transport.InboxKey(other)); err == nil {
			t.Error("another group is not denied")
		} else {
			t.Log(err)
		}
	}
}
