//go:build linux || darwin || freebsd

package server

import (
	"context"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/relock"
)

// clocks are two clocks that a test moves.
type clocks struct{ wall, boot atomic.Int64 }

func (c *clocks) options(o *Options) {
	o.Now = func() time.Time { return time.Unix(1_800_000_000, 0).Add(time.Duration(c.wall.Load())) }
	o.Boot = func() time.Duration { return time.Duration(c.boot.Load()) }
}

func ttl(d time.Duration) func(*Options)  { return func(o *Options) { o.TTL = d } }
func idle(d time.Duration) func(*Options) { return func(o *Options) { o.Idle = d } }

// TestTimeLimit ends the agent by whichever clock is further.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(*clocks){
		"the wall":                   func(c *clocks) { c.wall.Add(int64(time.Hour)) },
		"asleep":                     func(c *clocks) { c.boot.Add(int64(time.Hour)) },
		"asleep, the wall put back":  func(c *clocks) { c.boot.Add(int64(time.Hour)); c.wall.Add(-int64(time.Hour)) },
		"the wall, no other to tell": func(c *clocks) { c.wall.Add(int64(61 * time.Minute)) },
	} {
		t.Run(name, func(t *testing.T) {
			var c clocks
			a := newFixture(t).start(c.options, ttl(time.Hour))
			set(t, a, "A", "1")
			st, err := a.AgentStatus(t.Context())
			fatal(t, err)
			if got := st.Expires.Sub(st.Started); got != time.Hour {
				t.Errorf("expires after %v", got)
			}
			move(&c)
			_, err = a.Read(t.Context(), "A")
			if vault.CodeOf(err) != vault.Locked && !isGone(err) {
				t.Errorf("after its time: %v", err)
			}
			fatal(t, a.wait())
		})
	}
}

// TestTimeLimitByItself ends an agent that nobody asks anything.
func TestTimeLimitByItself(t *testing.T) {
	start := time.Now()
	a := newFixture(t).start(ttl(300 * time.Millisecond))
	fatal(t, a.wait())
	if took := time.Since(start); took < 300*time.Millisecond {
		t.Errorf("it ended after %v", took)
	}
	if exists(a.socket) {
		t.Error("the socket stays")
	}
}

// TestIdle ends an agent that was not used. Asking for its status is no use of it.
func TestIdle(t *testing.T) {
	t.Parallel()
	var c clocks
	a := newFixture(t).start(c.options, idle(time.Hour))
	set(t, a, "A", "1")
	for range 3 {
		c.boot.Add(int64(50 * time.Minute))
		if _, err := a.Read(t.Context(), "A"); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		c.boot.Add(int64(11 * time.Minute))
		if _, err := a.AgentStatus(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c.boot.Add(int64(6 * time.Minute))
	fatal(t, a.wait())
}

// TestIdleGrant: what is read through a socket for less is no use of the agent,
// nor is a request there that does not end.
func TestIdleGrant(t *testing.T) {
	t.Parallel()
	var c clocks
	a := newFixture(t).start(c.options, idle(time.Hour))
	set(t, a, "A", "1")
	path, err := a.Grant(t.Context(), wire.Grant{ReadOnly: true}, 0)
	fatal(t, err)
	less, err := agent.Dial(t.Context(), path)
	fatal(t, err)
	rawAt(t, path).say("POST /v1/read HTTP/1.1\r\nHost: tacit\r\nContent-Length: 9\r\n\r\n{")
	for range 5 {
		c.boot.Add(int64(11 * time.Minute))
		if _, err := less.Read(t.Context(), "A"); err != nil {
			t.Fatal(err)
		}
	}
	c.boot.Add(int64(6 * time.Minute))
	fatal(t, a.wait())
}

// TestIdleUnderWay does not take a request that goes on for idleness.
func TestIdleUnderWay(t *testing.T) {
	var c clocks
	a := newFixture(t).start(c.options, idle(time.Hour))
	release, err := a.Yield(t.Context())
	fatal(t, err)
	c.boot.Add(int64(2 * time.Hour))
	time.Sleep(1200 * time.Millisecond) // longer than it takes to look at the clock
	release()
	if _, err := a.List(t.Context(), vault.ListOptions{}); err != nil {
		t.Error(err)
	}
}

// TestTimeLimitInARequest passes the limit while a body arrives. The request ends
// well, and the agent after it.
func TestTimeLimitInARequest(t *testing.T) {
	t.Parallel()
	var c clocks
	a := newFixture(t).start(c.options, ttl(time.Hour), shortLimits(func(l *limits) { l.drain = hang }))
	r := a.raw()
	r.begin(15, `{"value"`)
	c.wall.Add(int64(2 * time.Hour))
	soon(t, func() bool { // it looks at the clock, and lets no new client in
		_, err := agent.Dial(context.Background(), a.socket)
		return err != nil
	})
	r.say(`:"two"}`)
	if status, answer := r.reply(); status != http.StatusOK {
		t.Errorf("status %d: %s", status, answer)
	}
	fatal(t, a.wait())
	v := a.open()
	defer v.Close()
	if sec, err := plain(v.Read(t.Context(), "A")); err != nil || sec.Bytes != "two" {
		t.Errorf("%+v, %v", sec, err)
	}
}

// TestDrain does not wait for ever for a request that does not end.
func TestDrain(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start(shortLimits(func(l *limits) { l.drain, l.bodyTime = 300*time.Millisecond, time.Hour }))
	a.raw().begin(14, `{"value"`)
	a.stop()
	fatal(t, a.wait())
}

// TestLock ends the agent, and gives the vault back.
func TestLock(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	set(t, a, "A", "1")
	fatal(t, a.Lock(t.Context()))
	fatal(t, a.wait())
	if exists(a.socket) {
		t.Error("the socket stays")
	}
	v := a.open()
	defer v.Close()
	if sec, err := plain(v.Read(t.Context(), "A")); err != nil || sec.Bytes != "1" {
		t.Errorf("%+v, %v", sec, err)
	}
}

// TestLockWaits returns when the process is gone.
func TestLockWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cmd := f.child(t, "serve")
	c := f.dialSoon()
	st, err := c.AgentStatus(t.Context())
	fatal(t, err)
	if st.PID != cmd.Process.Pid {
		t.Errorf("pid %d, want %d", st.PID, cmd.Process.Pid)
	}
	err = c.Lock(t.Context())
	for n := 0; vault.CodeOf(err) == vault.Busy && n < 20; n++ { // it takes longer, on a slow machine
		err = sockets.AwaitEnd(t.Context(), st.PID)
	}
	fatal(t, err)
	if sockets.Running(st.PID) {
		t.Error("it runs on")
	}
	fatal(t, f.open().Close())
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestContext is an agent that does not answer: the client waits as long as it
// was told to.
func TestContext(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	l, err := sockets.Listen(f.socket) // nobody accepts
	fatal(t, err)
	defer l.Close()
	c := f.dial()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = c.Read(ctx, "A")
	wantIs(t, err, context.DeadlineExceeded)
}

// TestStuck is an agent that answers nothing at all: who asks something of it for the
// first time is told after some seconds, without a limit of the caller's own.
func TestStuck(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for eleven seconds")
	}
	t.Parallel()
	f := newFixture(t)
	l, err := sockets.Listen(f.socket) // nobody accepts
	fatal(t, err)
	defer l.Close()
	c := f.dial()
	c.Watched = true
	_, err = c.Read(t.Context(), "A")
	wantCode(t, err, vault.Busy)
}

// TestYield lets another open the vault, and takes it back.
func TestYield(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start(shortLimits(func(l *limits) { l.waits = 300 * time.Millisecond }))
	set(t, a, "A", "1")
	release := yielded(t, a.Client)
	v := a.open()
	_, err := a.Read(t.Context(), "A")
	wantCode(t, err, vault.Busy)
	if _, err := a.AgentStatus(t.Context()); err != nil {
		t.Errorf("the status, meanwhile: %v", err)
	}
	_, err = a.dial().Yield(t.Context())
	wantCode(t, err, vault.Busy)
	set(t, v, "A", "2")
	fatal(t, v.Close())
	release()
	release()             // does nothing
	soon(t, func() bool { // it takes it back
		_, err = a.Read(t.Context(), "A")
		return vault.CodeOf(err) != vault.Busy
	})
	if sec, err := plain(a.Read(t.Context(), "A")); err != nil || sec.Bytes != "2" {
		t.Errorf("afterwards: %+v, %v", sec, err)
	}
}

// TestYieldTimeLimit takes the vault back from who keeps it for too long.
func TestYieldTimeLimit(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start(shortLimits(func(l *limits) { l.yield = 200 * time.Millisecond }))
	_, err := a.Yield(t.Context())
	fatal(t, err)
	if _, err := a.List(t.Context(), vault.ListOptions{}); err != nil {
		t.Error(err)
	}
}

// TestYieldToARotation ends the agent: its keys are those of a vault that is no
// more.
func TestYieldToARotation(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	release, err := a.Yield(t.Context())
	fatal(t, err)
	v := a.open()
	_, err = v.Rotate(t.Context(), vault.RotateOptions{Relock: relock.With(nil, keyring.LockOptions{})})
	fatal(t, err)
	fatal(t, v.Close())
	release()
	wantCode(t, a.wait(), vault.Locked)
}

// TestYieldToADeletion ends it too.
func TestYieldToADeletion(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	release, err := a.Yield(t.Context())
	fatal(t, err)
	fatal(t, os.RemoveAll(a.dir))
	release()
	wantCode(t, a.wait(), vault.VaultMissing)
}

// TestDeletion ends an agent that nobody asks anything, when its vault is deleted or
// another stands in its place; while somebody has the vault, it does not look.
func TestDeletion(t *testing.T) {
	t.Parallel()
	short := shortLimits(func(l *limits) { l.look = 20 * time.Millisecond })
	a := newFixture(t).start(short)
	set(t, a, "A", "1")
	release, err := a.Yield(t.Context())
	fatal(t, err)
	aside := a.dir + "-aside"
	fatal(t, os.Rename(a.dir, aside))
	time.Sleep(1500 * time.Millisecond) // longer than it takes to look
	fatal(t, os.Rename(aside, a.dir))
	release()
	soon(t, func() bool { _, err := a.Read(t.Context(), "A"); return err == nil })
	fatal(t, os.Rename(a.dir, aside)) // not file by file: an agent that ends then writes there
	wantCode(t, a.wait(), vault.VaultMissing)

	b := newFixture(t).start(short)
	other := newFixture(t)
	fatal(t, os.Rename(b.dir, b.dir+"-aside"))
	fatal(t, os.Rename(other.dir, b.dir))
	if code := vault.CodeOf(b.wait()); code != vault.Substituted && code != vault.VaultMissing {
		t.Errorf("it ended with %s", code)
	}
}

// TestSilentDisk ends an agent in time whose disk does not answer.
func TestSilentDisk(t *testing.T) {
	t.Parallel()
	answers, looks := make(chan struct{}), make(chan struct{}, 1)
	a := newFixture(t).start(shortLimits(func(l *limits) { l.look = 20 * time.Millisecond }), func(o *Options) {
		o.looks = func() {
			select {
			case looks <- struct{}{}:
			default:
			}
			<-answers
		}
	})
	t.Cleanup(func() { close(answers) })
	<-looks
	fatal(t, a.Lock(t.Context()))
	fatal(t, a.wait())
}

// TestYieldAtTheEnd ends an agent while another has the vault: it does not wait
// for that.
func TestYieldAtTheEnd(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start(shortLimits(func(l *limits) { l.drain = time.Hour }))
	_, err := a.Yield(t.Context())
	fatal(t, err)
	v := a.open()
	a.stop()
	fatal(t, a.wait())
	set(t, v, "A", "1")
	fatal(t, v.Close())
}

// TestUsed tells what was used through each socket, and no more.
func TestUsed(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	set(t, a.vault, "A", "1")
	set(t, a.vault, "B", "2")
	less := grantOf(t, a.Client, wire.Grant{ReadOnly: true})
	for _, name := range []string{"B", "A", "B"} {
		if _, err := less.Read(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	_, err := less.Read(t.Context(), "C")
	wantCode(t, err, vault.NotFound)
	set(t, a.vault, "B", "3")
	used, err := less.Used(t.Context())
	fatal(t, err)
	if len(used) != 2 || used[0].Key != "B" || string(used[0].Value) != `"3"` || used[1].Key != "A" {
		t.Errorf("used %+v", used)
	}
	if used, err := a.Used(t.Context()); err != nil || len(used) != 0 {
		t.Errorf("through the other socket: %+v, %v", used, err)
	}
	r := a.raw()
	resp, body := r.ask("GET", "/v1/used", "")
	if resp != 200 || string(body) != "{\"secrets\":[]}\n" {
		t.Errorf("%d %s", resp, body)
	}
}
