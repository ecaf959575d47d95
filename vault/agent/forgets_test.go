//go:build linux || darwin || freebsd

package agent

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// A connection keeps nothing of a value that was read, whether it waits for the next request
// or not.
func TestConnectionForgets(t *testing.T) {
	value := strings.Repeat("canary", 10)
	one := fmt.Sprintf(`{"key":"A","value":"%s","kind":"text","version":1,"oldest":1,"size":60,"updated":"2026-01-01T00:00:00Z"}`, value)
	for name, c := range map[string]struct {
		said  string
		fails bool
		all   bool
	}{
		"one":                    {said: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(one), one)},
		"the last":               {said: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + one},
		"with more behind it":    {said: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s", len(one), one, one)},
		"cut short":              {said: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(one)+1, one), fails: true},
		"all, with all of it":    {said: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s\n{\"end\":1}\n", len(one)+11, one), all: true},
		"all, without its end":   {said: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s\n", len(one)+1, one), all: true, fails: true},
		"all, and more than all": {said: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s\n{\"end\":1}\n%s", len(one)*2+11, one, one), all: true},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := connected(t)
			defer ours.Close()
			if _, err := theirs.Write([]byte(c.said)); err != nil {
				t.Fatal(err)
			}
			theirs.CloseWrite()
			defer theirs.Close()
			client := newClient("/nowhere/agent.sock")
			l := newLink(ours, sockets.Peer{})
			client.calls.spare = l
			kept := reflect.ValueOf(l.r).Elem().FieldByName("buf").Bytes()
			got := ""
			if c.all {
				list, err := client.ReadAll(t.Context())
				if (err != nil) != c.fails {
					t.Fatal(err)
				}
				for _, sec := range list {
					got = string(sec.Value.Reveal())
				}
			} else {
				sec, err := client.Read(t.Context(), "A")
				if (err != nil) != c.fails {
					t.Fatal(err)
				}
				got = string(sec.Value.Reveal())
			}
			if !c.fails && got != value {
				t.Errorf("it is %q", got)
			}
			if bytes.Contains(kept, []byte("canary")) {
				t.Error("the value is kept")
			}
		})
	}
}
