//go:build linux || darwin || freebsd

package server

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// benchSecrets is how many secrets the vault of the benchmarks holds.
var benchSecrets = flag.Int("agent.secrets", 1000, "secrets in the vault of the benchmarks")

// fill stores n secrets of a usual size.
func fill(t testing.TB, v *vault.Vault, n int) {
	t.Helper()
	changes := make([]vault.Change, n)
	for i := range changes {
		changes[i] = vault.Change{Name: secretName(i), Value: vault.Text(fmt.Sprintf("postgres://user:%032d@db.example.com/app", i))}
	}
	_, err := v.Apply(context.Background(), changes, nil)
	fatal(t, err)
}

func secretName(i int) string { return fmt.Sprintf("SECRET_%06d", i) }

// BenchmarkReads is 8 clients that read one secret after the other, all in this
// process. It reports reads a second and the 99th percentile.
func BenchmarkReads(b *testing.B) {
	for _, logged := range []bool{false, true} {
		b.Run(fmt.Sprintf("logged=%t", logged), func(b *testing.B) {
			f := newFixture(b)
			a := f.start(func(o *Options) {
				if logged {
					o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
				}
			})
			fill(b, f.vault, *benchSecrets)
			readInTurns(b, f.dial)
			a.stop()
		})
	}
}

// BenchmarkReadsApart is the same with the agent in a process of its own.
func BenchmarkReadsApart(b *testing.B) {
	f := newFixture(b)
	v := f.open()
	fill(b, v, *benchSecrets)
	fatal(b, v.Close())
	cmd := f.child(b, "serve")
	readInTurns(b, f.dialSoon)
	fatal(b, f.dialSoon().Lock(context.Background()))
	cmd.Wait()
}

// readInTurns has 8 clients read b.N secrets, and reports what it took.
func readInTurns(b *testing.B, dial func() *agent.Client) {
	const clients = 8
	took := make([][]time.Duration, clients)
	var all, ready sync.WaitGroup
	ready.Add(1)
	for i := range clients {
		c := dial()
		all.Go(func() {
			ready.Wait()
			for n := range b.N/clients + 1 {
				t := time.Now()
				sec, err := c.Read(context.Background(), secretName((i+n*clients)%*benchSecrets))
				if err != nil {
					b.Error(err)
					return
				}
				sec.Value.Wipe()
				took[i] = append(took[i], time.Since(t))
			}
		})
	}
	b.ResetTimer()
	start := time.Now()
	ready.Done()
	all.Wait()
	b.StopTimer()
	report(b, slices.Concat(took...), time.Since(start))
}

func report(b *testing.B, took []time.Duration, over time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(len(took))/over.Seconds(), "reads/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

// BenchmarkOneRead is what a command does: connect, ask for the status, read one
// secret, hang up.
func BenchmarkOneRead(b *testing.B) {
	f := newFixture(b)
	f.start()
	fill(b, f.vault, *benchSecrets)
	for b.Loop() {
		c, err := agent.Dial(context.Background(), f.socket)
		fatal(b, err)
		_, err = c.AgentStatus(context.Background())
		fatal(b, err)
		_, err = c.Read(context.Background(), secretName(7))
		fatal(b, err)
		c.Close()
	}
}

// BenchmarkOneReadTransport does the same with an http.Client.
func BenchmarkOneReadTransport(b *testing.B) {
	f := newFixture(b)
	f.start()
	fill(b, f.vault, *benchSecrets)
	for b.Loop() {
		tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			c, _, err := sockets.Reach(ctx, f.socket)
			return c, err
		}}
		hc := &http.Client{Transport: tr}
		for _, path := range []string{"/v1/status", "/v1/secrets/" + secretName(7)} {
			resp, err := hc.Get("http://tacit" + path)
			fatal(b, err)
			_, err = io.Copy(io.Discard, resp.Body)
			fatal(b, err)
			resp.Body.Close()
		}
		tr.CloseIdleConnections()
	}
}

// BenchmarkResident starts an agent in a process of its own, with a vault of
// -agent.secrets, and has 8 clients read, then list and search. It reports how
// much memory the agent has of its own, how much of the vault's tables and of its
// program is mapped, and how much both were at most.
func BenchmarkResident(b *testing.B) {
	f := newFixture(b)
	v := f.open()
	fill(b, v, *benchSecrets)
	fatal(b, v.Close())
	for b.Loop() {
		cmd := f.child(b, "serve")
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				c := f.dialSoon()
				for n := range 5000 {
					if _, err := c.Read(context.Background(), secretName((i+8*n)%*benchSecrets)); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		b.ReportMetric(resident(b, cmd.Process.Pid, "RssAnon"), "reads-own-MiB")
		b.ReportMetric(resident(b, cmd.Process.Pid, "RssFile"), "reads-mapped-MiB")
		c := f.dialSoon()
		_, err := c.List(context.Background(), vault.ListOptions{})
		fatal(b, err)
		_, err = c.Find(context.Background(), "9_9", false)
		fatal(b, err)
		set(b, c, "ONE_MORE", "x")
		n := 0
		fatal(b, c.ReadEach(context.Background(), nil, func(vault.Secret) error { n++; return nil }))
		b.ReportMetric(resident(b, cmd.Process.Pid, "VmHWM"), "peak-MiB")
		time.Sleep(1500 * time.Millisecond) // it gives back what the lists took
		b.ReportMetric(resident(b, cmd.Process.Pid, "RssAnon"), "after-own-MiB")
		b.ReportMetric(resident(b, cmd.Process.Pid, "RssFile"), "after-mapped-MiB")
		fatal(b, c.Lock(context.Background()))
		cmd.Wait()
	}
}

// resident reads a size out of a process's status, in MiB.
func resident(t testing.TB, pid int, field string) float64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("this platform does not tell how much memory a process has")
	}
	_, rest, _ := strings.Cut(string(b), field+":")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	fatal(t, err)
	return float64(kb) / 1024
}

// child runs this test binary as an agent for the fixture's vault: see TestMain.
func (f *fixture) child(t testing.TB, what string) *exec.Cmd {
	t.Helper()
	return f.startChild(t, exec.Command(os.Args[0]), what)
}

func (f *fixture) startChild(t testing.TB, cmd *exec.Cmd, what string) *exec.Cmd {
	t.Helper()
	keyFile := filepath.Join(filepath.Dir(f.dir), "key.txt")
	fatal(t, os.WriteFile(keyFile, []byte(f.identity), 0o600))
	cmd.Env = append(os.Environ(), "TACIT_TEST_CHILD="+what, "TACIT_TEST_VAULT="+f.dir,
		"TACIT_TEST_STATE="+f.state, "TACIT_TEST_KEY="+keyFile, "TACIT_TEST_SOCKET="+f.socket)
	cmd.Stderr = os.Stderr
	fatal(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}

// dialSoon connects to an agent that is starting.
func (f *fixture) dialSoon() *agent.Client {
	f.t.Helper()
	for deadline := time.Now().Add(hang); ; time.Sleep(5 * time.Millisecond) {
		c, err := agent.Dial(context.Background(), f.socket)
		if err == nil {
			f.t.Cleanup(func() { c.Close() })
			return c
		}
		if time.Now().After(deadline) {
			f.t.Fatal(err)
		}
	}
}

// tune is what the command's main does.
func tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
