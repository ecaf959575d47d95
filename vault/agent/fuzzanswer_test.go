//go:build linux || darwin || freebsd

package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/metrics"
	"strings"
	"syscall"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// FuzzAnswer lets a client hear anything from what should be an agent: it fails
// with an error of its own, and holds no more memory than what was said is worth.
func FuzzAnswer(f *testing.F) {
	answers := []string{
		`{"key":"A","value":"v","kind":"text","version":1,"oldest":1,"size":1,"updated":"2026-01-01T00:00:00Z"}`,
		`{"secrets":[{"name":"A","version":1,"oldest":1,"kind":"text","size":0}],"versions":[]}`,
		`{"error":{"code":"not_found","message":"x"}}`, `{"end":1}`, `{"report":{}}`, "{\"done\":1,\"total\":2}\n{\"end\":0}\n", `{"slots":[{"id":1}]}`, `{"yielded":true}`, "{\"yielded\":true,\"seconds\":600,\"key\":\"aGVsbG8=\"}\n",
		`{"pid":1,"vault":{"policy":{"max_value":1}}}`, `{"socket":"/x"}`, "null", "[", "",
	}
	for what := range clientCalls {
		for _, a := range answers {
			f.Add(byte(what), fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(a), a))
		}
	}
	for _, s := range []string{
		"", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n{", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775800\r\n\r\n{", "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n{",
		"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n", "HTTP/1.1 204 No\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 999999999 X\r\n\r\n",
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 1000), "HTTP/0.9 404 \r\nContent-Length: 1048577\r\n\r\n",
	} {
		f.Add(byte(0), []byte(s))
		f.Add(byte(5), []byte(s))
	}
	f.Fuzz(func(t *testing.T, what byte, said []byte) {
		ours, theirs := connected(t)
		done := make(chan struct{})
		go func() {
			defer close(done)
			theirs.Write(said)
			theirs.CloseWrite()
			io.Copy(io.Discard, theirs)
			theirs.Close()
		}()
		c := newClient("/nowhere/agent.sock")
		c.calls.spare = newLink(ours, sockets.Peer{})
		before := allocated()
		err := clientCalls[int(what)%len(clientCalls)](t.Context(), c)
		if n := allocated() - before; n > 4<<20+200*uint64(len(said)) {
			t.Errorf("%d bytes were said, %d allocated", len(said), n)
		}
		c.Close()
		ours.Close()
		<-done
		var e *vault.SecretError
		if err != nil && !errors.As(err, &e) && !errors.Is(err, ErrGone) && !errors.Is(err, sockets.ErrNone) && !errors.Is(err, errTooLong) {
			t.Fatalf("an error of no class: %T %v", err, err)
		}
	})
}

// allocated is how many bytes were ever allocated.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// clientCalls are the client's methods.
var clientCalls = []func(context.Context, *Client) error{
	func(ctx context.Context, c *Client) error {
		sec, err := c.Read(ctx, "A")
		if err == nil && sec.Value.Validate() != nil {
			return errors.New("a value that is none")
		}
		return err
	},
	func(ctx context.Context, c *Client) error { _, err := c.Set(ctx, "A", vault.Text("x")); return err },
	func(ctx context.Context, c *Client) error { _, err := c.List(ctx, vault.ListOptions{}); return err },
	func(ctx context.Context, c *Client) error { _, err := c.History(ctx, "A"); return err },
	func(ctx context.Context, c *Client) error { _, err := c.Used(ctx); return err },
	func(ctx context.Context, c *Client) error { _, err := c.ReadAll(ctx); return err },
	func(ctx context.Context, c *Client) error {
		_, err := c.Apply(ctx, []vault.Change{{Name: "A", Delete: true}}, func(int, int) {})
		return err
	},
	func(ctx context.Context, c *Client) error { _, err := c.Verify(ctx, vault.VerifyOptions{}); return err },
	func(ctx context.Context, c *Client) error { return c.SetPolicy(ctx, vault.DefaultPolicy()) },
	func(ctx context.Context, c *Client) error { _, err := c.Slots(ctx); return err },
	func(ctx context.Context, c *Client) error { _, err := c.RemoveSlot(ctx, "../x"); return err },
	func(ctx context.Context, c *Client) error { _, err := c.Removed(ctx); return err },
	func(ctx context.Context, c *Client) error { _, err := c.Exposed(ctx); return err },
	func(ctx context.Context, c *Client) error { _, err := c.Memberships(ctx); return err },
	func(ctx context.Context, c *Client) error { _, err := c.Rotate(ctx, RotateRequest{}); return err },
	func(ctx context.Context, c *Client) error { _, err := c.AgentStatus(ctx); return err },
	func(ctx context.Context, c *Client) error {
		_, err := c.Grant(ctx, wire.Grant{ReadOnly: true}, 0)
		return err
	},
	func(ctx context.Context, c *Client) error {
		release, err := c.Yield(ctx)
		if err == nil {
			release()
		}
		return err
	},
	func(ctx context.Context, c *Client) error {
		loan, release, err := c.Borrow(ctx)
		if err == nil {
			release()
		}
		if loan != nil {
			loan.Wipe()
		}
		return err
	},
}

// connected is two ends of a connection.
func connected(t testing.TB) (a, b *net.UnixConn) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	ends := [2]*net.UnixConn{}
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "pair")
		c, err := net.FileConn(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = c.(*net.UnixConn)
	}
	return ends[0], ends[1]
}
