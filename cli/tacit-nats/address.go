package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// address is where a server is, and what it takes to get there.
type address struct {
	server string // nats://host:port or tls://host:port
	creds  string // a file with a user's JWT and seed; "" for none
	ca     string // a file with the certificates that are trusted; "": the system's
}

// parseAddress takes nats://HOST[:PORT][?creds=FILE&ca=FILE], or tls://. No password
// can be in it: an address is shown, kept, and passed on in invites.
func parseAddress(s string) (a address, err error) {
	u, err := url.Parse(s)
	bad := func(why string) (address, error) {
		return address{}, fmt.Errorf("%w: address: %s", transport.ErrKey, why)
	}
	switch {
	case err != nil:
		return bad("it is no URL")
	case u.Scheme != "nats" && u.Scheme != "tls":
		return bad("it begins with neither nats:// nor tls://")
	case u.User != nil:
		return bad("it holds a user or a password; name a credentials file: ?creds=FILE")
	case u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" || u.Opaque != "":
		return bad("it is not nats://HOST[:PORT][?creds=FILE&ca=FILE]")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return bad("what follows the question mark cannot be read")
	}
	for name, values := range query {
		if !slices.Contains([]string{"creds", "ca"}, name) || len(values) != 1 || !filepath.IsAbs(values[0]) {
			return bad("what follows the question mark is creds=FILE and ca=FILE, with absolute paths")
		}
	}
	return address{server: u.Scheme + "://" + u.Host, creds: query.Get("creds"), ca: query.Get("ca")}, nil
}
