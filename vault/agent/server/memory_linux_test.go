package server

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// most is what an agent may take in all under 16 requests for large values, in
// KiB. It has 40 MiB of values besides its own.
const mostMemory = 300 << 10

// TestMemory asks for large values, 16 times at once, through a socket for
// reading only.
func TestMemory(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("NOT checked: 40 MiB of values")
	}
	f := newFixture(t)
	v := f.open()
	p := v.Policy()
	p.MaxValue = 1 << 20
	fatal(t, v.SetPolicy(t.Context(), p))
	large := strings.Repeat("€", 1<<20)
	for i := range 14 {
		set(t, v, secretName(i), large)
	}
	fatal(t, v.Close())
	cmd := f.child(t, "serve")
	c := f.dialSoon()
	path, err := c.Grant(t.Context(), wire.Grant{ReadOnly: true}, 0)
	fatal(t, err)
	for name, send := range asksMuch() {
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				r := rawAt(t, path)
				r.say("%s", send)
				if err := r.discard(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		all.Wait()
		peak := peakMemory(t, cmd.Process.Pid)
		t.Logf("%s: %d MiB at most so far", name, peak>>10)
		if peak > mostMemory {
			t.Errorf("%s: the agent took %d MiB", name, peak>>10)
		}
	}
	if _, err := c.List(t.Context(), vault.ListOptions{}); err != nil {
		t.Error(err)
	}
}

// peakMemory is the most memory that a process has had, in KiB.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	fatal(t, err)
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	n, err := strconv.Atoi(strings.TrimSpace(line))
	fatal(t, err)
	return n
}
