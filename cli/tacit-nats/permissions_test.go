package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

// users is the configuration of a server with a user for each role, and with one who may
// do everything and sets the stream up. Here they have tokens for names, so that no JWT
// has to be made; what is allowed is the same.
func users() string { return usersAs(func(p stream.Permissions) stream.Permissions { return p }) }

func usersAs(at func(stream.Permissions) stream.Permissions) string {
	var b strings.Builder
	b.WriteString("authorization { users = [\n{ user: admin, password: x }\n")
	for name, p := range map[string]stream.Permissions{
		"owner": stream.Allowed(stream.Owner, group, owner), "writer": stream.Allowed(stream.Writer, group, member),
		"reader": stream.Allowed(stream.Reader, group, third), "joiner": stream.Allowed(stream.Joiner, group, [8]byte{}),
	} {
		fmt.Fprintf(&b, "{ user: %s, password: x, permissions: %s }\n", name, at(p).Config())
	}
	b.WriteString("] }\n")
	return b.String()
}

// as is a connection of a user; tacit's own addresses have no password in them.
func as(t *testing.T, s *server, user string, query url.Values) *carrier {
	t.Helper()
	var c *carrier
	again(t, func() (err error) {
		c, err = connectAs(address{server: s.scheme() + fmt.Sprintf("://127.0.0.1:%d", s.port), ca: query.Get("ca")}, user, "x")
		return err
	})
	t.Cleanup(func() { c.Close() })
	return c
}

func (s *server) scheme() string {
	if s.tls {
		return "tls"
	}
	return "nats"
}

// TestPermissions: with the printed permissions a member can do what its role needs, and
// nothing to another member's keys, or in another group.
func TestPermissions(t *testing.T) {
	t.Parallel()
	s := start(t, jetStream+users())
	admin := as(t, s, "admin", nil)
	again(t, func() error { return admin.setUp(context.Background(), 0, io.Discard) })
	roles := map[string]*carrier{}
	for _, name := range []string{"admin", "owner", "writer", "reader", "joiner"} {
		roles[name] = as(t, s, name, nil)
		again(t, func() error { return roles[name].find(context.Background()) })
	}
	invite := [8]byte{9}
	// Who may put each key, and who may get it.
	for _, k := range []struct{ key, put, get string }{
		{transport.ChangesKey(group, member, 1), "writer", "owner writer reader joiner"},
		{transport.ChangesKey(group, owner, 1), "owner", "owner writer reader joiner"},
		{transport.ChangesKey(group, third, 1), "", "owner writer reader joiner"}, // a reader's
		{transport.ChangesKey(other, member, 1), "", ""},
		{transport.PartKey(group, owner, 1, 1), "owner", "owner writer reader joiner"},
		{transport.MembersKey(group, owner, 1, 1), "owner", "owner writer reader joiner"},
		{transport.PartKey(group, member, 1, 1), "", "owner writer reader joiner"},
		{transport.BeatKey(group, owner), "owner", "owner writer reader joiner"},
		{transport.BeatKey(other, owner), "", ""},
		{transport.HintKey(group, member), "writer", "owner writer reader joiner"},
		{transport.HintKey(group, third), "reader", "owner writer reader joiner"},
		{transport.WelcomeKey(group, third, owner), "owner", "owner reader joiner"},
		{transport.WelcomeKey(group, third, member), "", "owner reader joiner"},
		{transport.InboxKey(group), "owner", "owner writer reader joiner"},
		{transport.InboxKey(other), "", ""},
		{transport.JoinKey(group, invite, third), "owner reader joiner", "owner reader joiner"},
		{transport.JoinKey(other, invite, third), "", ""},
		{transport.ReceiptKey(group, third), "reader", "owner reader"},
		{transport.ReceiptKey(group, member), "writer", "owner writer"},
	} {
		for _, name := range []string{"owner", "writer", "reader", "joiner"} {
			data := []byte("of " + name)
			err := answered(func() error { return roles[name].Put(context.Background(), k.key, data, nil) })
			if may := has(k.put, name); may && err != nil && !errors.Is(err, transport.ErrTaken) || !may && !errors.Is(err, transport.ErrDenied) {
				t.Errorf("%s puts %s: %v", name, k.key, err)
			}
			err = answered(func() error { _, err := roles[name].Get(context.Background(), k.key); return err })
			if may := has(k.get, name); may && err != nil && !errors.Is(err, transport.ErrNone) || !may && !errors.Is(err, transport.ErrDenied) {
				t.Errorf("%s gets %s: %v", name, k.key, err)
			}
		}
	}
	for name, c := range roles {
		if err := answered(func() error {
			_, err := c.List(context.Background(), transport.FeedPrefix(group, member), "")
			return err
		}); err != nil {
			t.Errorf("%s lists: %v", name, err)
		}
	}
	deletes(t, roles)
	hears(t, roles)
}

func has(list, name string) bool { return strings.Contains(" "+list+" ", " "+name+" ") }

// deletes: an author deletes its own.
func deletes(t *testing.T, roles map[string]*carrier) {
	ctx := context.Background()
	key := transport.ChangesKey(group, member, 1)
	if err := answered(func() error { return roles["reader"].Delete(ctx, key) }); !errors.Is(err, transport.ErrDenied) {
		t.Errorf("a reader deletes another's: %v", err)
	}
	if err := answered(func() error { return roles["writer"].Delete(ctx, key) }); err != nil {
		t.Errorf("a writer deletes its own: %v", err)
	}
	// Who is to join finds the requests by its code, and takes its own back.
	request := transport.JoinKey(group, [8]byte{9}, third)
	var asked []string
	if err := answered(func() (err error) {
		asked, err = roles["joiner"].List(ctx, transport.RequestPrefix(group, [8]byte{9}), "")
		return err
	}); err != nil || len(asked) != 1 || asked[0] != request {
		t.Errorf("a joiner lists requests: %q, %v", asked, err)
	}
	for _, name := range []string{"joiner", "reader"} {
		if err := answered(func() error { return roles[name].Delete(ctx, request) }); err != nil {
			t.Errorf("a %s takes its request back: %v", name, err)
		}
	}
	// What only the server's own interface can do, and deletes everything.
	for name, c := range roles {
		err := answered(func() error {
			return c.call(ctx, "$JS.API.STREAM.PURGE."+stream.Name, func(ctx context.Context) error { return c.found().Purge(ctx) })
		})
		if name != "admin" && !errors.Is(err, transport.ErrDenied) {
			t.Errorf("%s empties the stream: %v", name, err)
		}
		if name == "admin" {
			continue
		}
		err = answered(func() error {
			return c.call(ctx, "$JS.API.STREAM.DELETE."+stream.Name, func(ctx context.Context) error { return c.js.DeleteStream(ctx, stream.Name) })
		})
		if !errors.Is(err, transport.ErrDenied) {
			t.Errorf("%s deletes the stream: %v", name, err)
		}
	}
}

// hears: members hear of changes, the owner of requests.
func hears(t *testing.T, roles map[string]*carrier) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for name, prefixes := range map[string][]string{
		"reader": {transport.Prefix(transport.Changes, group), transport.BeatKey(group, owner), transport.WelcomePrefix(group, third)},
		"owner":  {transport.Prefix(transport.Changes, group), transport.Prefix(transport.Join, group), transport.Prefix(transport.Receipt, group)},
		"joiner": {transport.Prefix(transport.Welcome, group)},
	} {
		if err := answered(func() error { return roles[name].Wait(ctx, prefixes...) }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	put(t, roles["owner"], transport.WelcomeKey(group, [8]byte{6}, owner), "welcome")
	told(t, "a joiner", roles["joiner"])
	put(t, roles["writer"], transport.ChangesKey(group, member, 7), "seven")
	want(t, roles["reader"], transport.ChangesKey(group, member, 7), "seven")
	for _, name := range []string{"reader", "owner"} {
		told(t, name, roles[name])
	}
}

// told waits until a server has sent something by itself. A Wait would return without, too,
// after a while.
func told(t *testing.T, who string, c *carrier) {
	t.Helper()
	heard, err := c.news.check()
	if err != nil {
		t.Fatal(err)
	}
	if heard == nil {
		return
	}
	select {
	case <-heard:
	case <-time.After(patience):
		t.Errorf("%s does not hear what is new", who)
	}
}

// TestCredentials: a file of the address that is not there is said by name.
func TestCredentials(t *testing.T) {
	t.Parallel()
	s := start(t, jetStream+users())
	missing := filepath.Join(t.TempDir(), "missing.creds")
	for _, query := range []string{"creds=", "ca="} {
		_, err := open(context.Background(), s.address()+"?"+query+missing)
		if !errors.Is(err, transport.ErrSetup) || !strings.Contains(err.Error(), "missing.creds") {
			t.Errorf("%s: %v", query, err)
		}
	}
	if err := answered(func() error { _, err := open(context.Background(), s.address()); return err }); !errors.Is(err, transport.ErrDenied) {
		t.Errorf("without credentials: %v", err)
	}
	bad := filepath.Join(t.TempDir(), "bad.creds")
	if err := os.WriteFile(bad, []byte("SUAsecretseed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(context.Background(), s.address()+"?creds="+bad); err == nil || strings.Contains(err.Error(), "SUAsecretseed") {
		t.Errorf("credentials that are none: %v", err)
	}
}
