package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

var askers atomic.Int64

// ask connects as systemd does, from an address that tells the unit and the
// credential, and reads to the end.
func ask(t *testing.T, socket, address string) []byte {
	t.Helper()
	d := net.Dialer{}
	if address != "" {
		d.LocalAddr = &net.UnixAddr{Name: fmt.Sprintf("@%016x%s", askers.Add(1), address), Net: "unix"}
	}
	c, err := d.DialContext(t.Context(), "unix", socket)
	fatal(t, err)
	defer c.Close()
	fatal(t, c.(*net.UnixConn).CloseWrite())
	b, err := io.ReadAll(c)
	fatal(t, err)
	return b
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var log bytes.Buffer
	l, err := sockets.Listen(filepath.Join(filepath.Dir(f.socket), "credentials.sock"))
	fatal(t, err)
	r := f.start(func(o *Options) {
		o.Credentials = []net.Listener{l}
		o.Grant = wire.Grant{Only: []string{"APP_*"}}
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	long := strings.Repeat("l\x00ng\n", 100)
	for name, value := range map[string]string{"APP_KEY": "s3cret value\n", "APP_LONG": long, "OTHER": "not for them"} {
		set(t, f.vault, name, value)
	}
	_, err = f.vault.Set(context.Background(), "APP_BYTES", vault.Bytes([]byte{0xff, 0, '\n'}))
	fatal(t, err)
	socket := filepath.Join(filepath.Dir(f.socket), "credentials.sock")
	for address, want := range map[string]string{
		"/unit/app.service/APP_KEY": "s3cret value\n", "/unit/app.service/APP_LONG": long, "/unit/a@b.service/APP_BYTES": "\xff\x00\n",
	} {
		if got := ask(t, socket, address); string(got) != want {
			t.Errorf("%s: %q", address, got)
		}
	}
	for _, address := range []string{
		"/unit/app.service/OTHER", "/unit/app.service/APP_NONE", "/unit/app.service/..", "/unit/app.service/", "/unit//APP_KEY",
		"/slice/app.service/APP_KEY", "/unit/app.service/APP_KEY/x", "/APP_KEY", "",
	} {
		// What is no value must not pass for one: systemd takes at most 1 MiB.
		got := ask(t, socket, address)
		if len(got) <= 1<<20 || strings.Contains(string(got), "s3cret") || strings.Contains(string(got), "not for them") {
			t.Errorf("%q: an answer of %d bytes", address, len(got))
		}
	}
	r.stop()
	fatal(t, r.wait())
	if exists(socket) {
		t.Error("the socket is still there")
	}
	for _, want := range []string{
		"unit=app.service name=APP_KEY outcome=ok", "name=OTHER outcome=denied", "name=APP_NONE outcome=not_found", "uid=",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Error("the log holds a value")
	}
}

// FuzzParseAsker: whatever address somebody binds, what it tells is four parts.
func FuzzParseAsker(f *testing.F) {
	seeds := []string{
		"@6afe035381ef58b9/unit/x.service/FOO", "@", "", "/run/x/unit/y/z", "@a/unit/b/c/d", "@//unit/", "@a/unit/\x00/\xff",
	}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		unit, id, ok := parseAsker(&net.UnixAddr{Name: name, Net: "unix"})
		if ok && (unit == "" || id == "" || !strings.HasSuffix(name, "/unit/"+unit+"/"+id) || name[0] != '@') {
			t.Errorf("%q: %q, %q", name, unit, id)
		}
	})
}
