package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// certificate makes a certificate for 127.0.0.1 and its key, signed by itself.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test of tacit"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	err = errors.Join(
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// cluster is three servers with TLS, the printed permissions, and the stream; and the
// file with the certificate. leaf has a leaf connect to any of them: with one alone it
// would be cut off when that one stops.
func cluster(t *testing.T) (servers []*server, ca, leaf string) {
	t.Helper()
	servers, ca, urls := three(t, users(), func(servers []*server, ca string) *carrier {
		return as(t, servers[0], "admin", url.Values{"ca": {ca}})
	})
	for i, at := range urls {
		urls[i] = strings.Replace(at, "nats-leaf://", "nats-leaf://admin:x@", 1)
	}
	return servers, ca, "leafnodes { remotes: [ { urls: [" + strings.Join(urls, ", ") + "] } ] }\n"
}

// three is three servers with TLS, users, and the stream, which admin makes; the file with
// the certificate, and where leaves connect.
func three(t *testing.T, users string, admin func(servers []*server, ca string) *carrier) (servers []*server, ca string, leaves []string) {
	t.Helper()
	program(t)
	cert, key := certificate(t)
	tls := fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q }\n", cert, key, cert)
	routes, list := []int{freePort(t), freePort(t), freePort(t)}, ""
	for _, port := range routes {
		list += fmt.Sprintf("nats://127.0.0.1:%d, ", port)
	}
	for i, port := range routes {
		config := strings.Replace(jetStream, "{", "{ domain: hub,", 1) + users + tls + fmt.Sprintf("server_name: n%d\ncluster { name: test, listen: 127.0.0.1:%d, routes: [%s] }\n", i, port, strings.TrimSuffix(list, ", "))
		at := freePort(t)
		config += fmt.Sprintf("leafnodes { listen: 127.0.0.1:%d }\n", at)
		leaves = append(leaves, fmt.Sprintf("%q", fmt.Sprintf("nats-leaf://127.0.0.1:%d", at)))
		s := begin(t, config)
		s.tls = true
		servers = append(servers, s)
	}
	for _, s := range servers {
		s.await("Server is ready")
	}
	makes := admin(servers, cert)
	// A cluster has no leader at first, and says so.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		err := makes.setUp(ctx, 0, io.Discard)
		if err == nil {
			return servers, cert, leaves
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		_ = pause(ctx, tryPause)
	}
}

// leader is the server that leads the stream.
func leader(t *testing.T, admin *carrier, servers []*server) *server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ctx.Err() == nil {
		info, err := admin.found().Info(ctx)
		if err != nil || info.Cluster == nil || info.Cluster.Leader == "" {
			_ = pause(ctx, tryPause)
			continue
		}
		for i, s := range servers {
			if info.Cluster.Leader == fmt.Sprintf("n%d", i) {
				return s
			}
		}
	}
	t.Fatal("nobody leads the stream")
	return nil
}

// TestLeaderKilled: what was acknowledged is there, whoever is killed meanwhile, and what
// was put during the election is put by trying again.
func TestLeaderKilled(t *testing.T) {
	t.Parallel()
	servers, ca, _ := cluster(t)
	query := url.Values{"ca": {ca}}
	pushes, kills := 60, 1
	if !testing.Short() {
		pushes, kills = 1000, 2
	}
	writer, reader, admin := as(t, servers[0], "writer", query), as(t, servers[1], "reader", query), as(t, servers[2], "admin", query)
	for _, c := range []*carrier{writer, reader, admin} {
		again(t, func() error { return c.find(context.Background()) })
	}
	var killed *server
	longest, retries := time.Duration(0), 0
	for n := 1; n <= pushes; n++ {
		if n%(pushes/(kills+1)) == 0 && n < pushes {
			if killed != nil {
				killed.run()
			}
			killed = leader(t, admin, servers)
			killed.kill()
		}
		began := time.Now()
		retries--
		again(t, func() error {
			retries++
			return writer.Put(context.Background(), change(n), fmt.Appendf(nil, "bundle %d", n), nil)
		})
		longest = max(longest, time.Since(began))
	}
	for n := 1; n <= pushes; n++ {
		want(t, reader, change(n), fmt.Sprint("bundle ", n))
	}
	t.Logf("%d pushes, the leader killed %d times: %d tries more, the longest push took %v", pushes, kills, retries, longest)
}

// TestLiveOnThree: what is stored on three servers is repeated to those who listen at any
// of them, with its bytes; what is refused is not.
func TestLiveOnThree(t *testing.T) {
	t.Parallel()
	servers, ca, _ := cluster(t)
	query := url.Values{"ca": {ca}}
	writer := as(t, servers[0], "writer", query)
	listeners := map[string]*carrier{}
	for i, s := range servers {
		listeners[fmt.Sprint("server ", i)] = as(t, s, "reader", query)
	}
	heard(t, writer, listeners)
}

// heard puts changes, and expects the listeners to hear them.
func heard(t *testing.T, writer *carrier, listeners map[string]*carrier) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	feed := transport.Prefix(transport.Changes, group)
	again(t, func() error { return writer.find(ctx) })
	for _, c := range listeners {
		again(t, func() error { return c.find(ctx) })
		again(t, func() error { return c.Wait(ctx, feed) })
	}
	// That somebody listens takes a moment to get from a leaf, or from another server,
	// to the one that repeats.
	for name, c := range listeners {
		for probe := 1000; !c.news.any(); probe++ {
			if ctx.Err() != nil {
				t.Fatalf("%s hears nothing", name)
			}
			_ = writer.Put(ctx, change(probe), []byte(name), nil)
			_ = pause(ctx, tryPause)
		}
	}
	const pushes = 50
	for n := 1; n <= pushes; n++ {
		put(t, writer, change(n), fmt.Sprint("true ", n))
		if err := answered(func() error { return writer.Put(ctx, change(n), []byte("fork"), nil) }); !errors.Is(err, transport.ErrTaken) {
			t.Fatal(err)
		}
	}
	for name, c := range listeners {
		for len(c.news.peek(change(pushes))) == 0 {
			if err := c.Wait(ctx, feed); err != nil {
				t.Fatal(name, err)
			}
		}
		for n := 1; n <= pushes; n++ {
			if got := string(c.news.peek(change(n))); got != fmt.Sprint("true ", n) {
				t.Errorf("%s: %d came as %q", name, n, got)
			}
			want(t, c, change(n), fmt.Sprint("true ", n))
		}
	}
}

// TestYesterday: a store that is put back to an older state has lost what was put since,
// and takes it again.
func TestYesterday(t *testing.T) {
	t.Parallel()
	s := alone(t, "")
	c := opened(t, s.address())
	put(t, c, change(1), "one")
	put(t, c, transport.BeatKey(group, member), "b1")
	s.kill()
	yesterday := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(yesterday, os.DirFS(filepath.Join(s.dir, "store"))); err != nil {
		t.Fatal(err)
	}
	s.run()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	again(t, func() error { return c.Put(ctx, change(2), []byte("two"), nil) })
	again(t, func() error { return c.Put(ctx, transport.BeatKey(group, member), []byte("b2"), []byte("b1")) })
	s.kill()
	if err := errors.Join(os.RemoveAll(filepath.Join(s.dir, "store")), os.CopyFS(filepath.Join(s.dir, "store"), os.DirFS(yesterday))); err != nil {
		t.Fatal(err)
	}
	s.run()
	want(t, c, change(1), "one")
	want(t, c, transport.BeatKey(group, member), "b1")
	if err := answered(func() error { _, err := c.Get(ctx, change(2)); return err }); !errors.Is(err, transport.ErrNone) {
		t.Errorf("what was put since: %v", err)
	}
	if err := answered(func() error { return c.Put(ctx, transport.BeatKey(group, member), []byte("b3"), []byte("b2")) }); !errors.Is(err, transport.ErrTaken) {
		t.Errorf("in the place of what is gone: %v", err)
	}
	put(t, c, change(2), "two")
	want(t, c, change(2), "two")
}
