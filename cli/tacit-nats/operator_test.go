package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

// An operator is who runs servers and gives users credentials: a file with a signed list
// of what each is allowed, as an address names one. It has one account for all.
type operator struct {
	t                         *testing.T
	key, account, system      nkeys.KeyPair
	operator, holds, systemIs string // signed: the operator, the account, that of the servers themselves
}

// newOperator is one whose account maps subjects to others.
func newOperator(t *testing.T, mappings map[string]string) *operator {
	t.Helper()
	o := &operator{t: t}
	for make, key := range map[*nkeys.KeyPair]func() (nkeys.KeyPair, error){
		&o.key: nkeys.CreateOperator, &o.account: nkeys.CreateAccount, &o.system: nkeys.CreateAccount,
	} {
		pair, err := key()
		if err != nil {
			t.Fatal(err)
		}
		*make = pair
	}
	mapped := map[string]any{}
	for from, to := range mappings {
		mapped[from] = []any{map[string]any{"subject": to, "weight": 100}}
	}
	limits := map[string]any{"wildcards": true}
	for _, limit := range []string{"subs", "data", "payload", "imports", "exports", "conn", "leaf", "mem_storage", "disk_storage", "streams", "consumer"} {
		limits[limit] = -1
	}
	allowed := map[string]any{"pub": map[string]any{}, "sub": map[string]any{}}
	account := map[string]any{"type": "account", "version": 2, "limits": limits, "default_permissions": allowed, "mappings": mapped}
	o.operator = o.sign(o.key, o.key, "test", map[string]any{"type": "operator", "version": 2, "system_account": o.public(o.system)})
	o.holds = o.sign(o.key, o.account, "all", account)
	system := map[string]any{"type": "account", "version": 2, "default_permissions": allowed, "limits": map[string]any{"wildcards": true, "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1, "leaf": -1}}
	o.systemIs = o.sign(o.key, o.system, "system", system)
	return o
}

func (o *operator) public(key nkeys.KeyPair) string {
	o.t.Helper()
	public, err := key.PublicKey()
	if err != nil {
		o.t.Fatal(err)
	}
	return public
}

// sign signs what somebody may do.
func (o *operator) sign(by, whom nkeys.KeyPair, name string, may map[string]any) string {
	o.t.Helper()
	claims, err := json.Marshal(map[string]any{"jti": name, "iat": time.Now().Unix(), "iss": o.public(by), "sub": o.public(whom), "name": name, "nats": may})
	if err != nil {
		o.t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"ed25519-nkey"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sig, err := by.Sign([]byte(text))
	if err != nil {
		o.t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// config is what servers have of the operator in their configuration.
func (o *operator) config() string {
	return fmt.Sprintf("operator: %s\nsystem_account: %s\nresolver: MEMORY\nresolver_preload: { %s: %s, %s: %s }\n",
		o.operator, o.public(o.system), o.public(o.account), o.holds, o.public(o.system), o.systemIs)
}

// admits writes the credentials of a user who is allowed that; nil: everything.
func (o *operator) admits(file, name string, p *stream.Permissions) {
	o.t.Helper()
	user, err := nkeys.CreateUser()
	if err != nil {
		o.t.Fatal(err)
	}
	seed, err := user.Seed()
	if err != nil {
		o.t.Fatal(err)
	}
	pub, sub := map[string]any{}, map[string]any{}
	if p != nil {
		pub["allow"], sub["allow"] = p.Publish, p.Subscribe
	}
	signed := o.sign(o.account, user, name, map[string]any{"type": "user", "version": 2, "pub": pub, "sub": sub, "subs": -1, "data": -1, "payload": -1})
	text := fmt.Sprintf("-----BEGIN NATS USER JWT-----\n%s\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n", signed, seed)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// creds is admits, into a new file.
func (o *operator) creds(name string, p *stream.Permissions) string {
	o.t.Helper()
	file := filepath.Join(o.t.TempDir(), name+".creds")
	o.admits(file, name, p)
	return file
}

// with is a server's address, with files.
func (s *server) with(creds, ca string) string {
	query := url.Values{"creds": {creds}}
	if ca != "" {
		query.Set("ca", ca)
	}
	return fmt.Sprintf("%s://127.0.0.1:%d?%s", s.scheme(), s.port, query.Encode())
}

// by is a connection with credentials.
func by(t *testing.T, address string) *carrier {
	t.Helper()
	var c *carrier
	again(t, func() (err error) { c, err = connect(address); return err })
	t.Cleanup(func() { c.Close() })
	return c
}

// A site is three servers with TLS and the stream, and a leaf; all users have credentials.
type site struct {
	hub, leaf *operator
	servers   []*server
	behind    *server // the leaf
	ca        string
	admin     *carrier
}

// newSite starts one.
func newSite(t *testing.T) *site {
	t.Helper()
	program(t)
	s := &site{
		hub:  newOperator(t, nil),
		leaf: newOperator(t, map[string]string{"$JS.API.STREAM.>": "$JS.hub.API.STREAM.>", "$JS.API.DIRECT.>": "$JS.hub.API.DIRECT.>"}),
	}
	admin := s.hub.creds("admin", nil)
	var urls []string
	s.servers, s.ca, urls = three(t, s.hub.config(), func(servers []*server, ca string) *carrier {
		s.admin = by(t, servers[0].with(admin, ca))
		return s.admin
	})
	s.behind = start(t, s.leaf.config()+fmt.Sprintf("leafnodes { remotes: [ { account: %s, credentials: %q, urls: [%s] } ] }\n",
		s.leaf.public(s.leaf.account), admin, strings.Join(urls, ", ")))
	s.behind.await("JetStream using domains")
	return s
}
