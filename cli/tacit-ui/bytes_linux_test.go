package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// drawsVariable has this binary be the program.
const drawsVariable = "TACIT_UI_DRAWS"

func TestMain(m *testing.M) {
	if os.Getenv(drawsVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A rig is the program on a terminal of 80 by 24, which tacit talks to.
type rig struct {
	t        *testing.T
	cmd      *exec.Cmd
	in       io.Writer
	requests *wire.Reader
	terminal *os.File

	mu   sync.Mutex // guards seen
	seen bytes.Buffer
}

func newRig(t *testing.T, rows int, environ ...string) *rig {
	t.Helper()
	ours, theirs := openPTY(t)
	if err := unix.IoctlSetWinsize(int(ours.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: 80, Row: 24}); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, cmd: exec.Command(os.Args[0]), terminal: ours}
	r.cmd.Env = append(environ, drawsVariable+"=1", "TERM=xterm")
	r.cmd.ExtraFiles = []*os.File{theirs}
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	in, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.in, r.requests = in, wire.NewReader(out, wire.MaxRequest)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = r.cmd.Wait()
	})
	go func() {
		for buf := make([]byte, 1<<16); ; {
			n, err := ours.Read(buf)
			r.mu.Lock()
			r.seen.Write(buf[:n])
			r.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	if q, err := r.requests.ReadRequest(); err != nil || q.Verb != wire.Hello {
		t.Fatalf("%+v, %v", q, err)
	}
	r.tell(wire.Message{Setup: &wire.Setup{Style: int(style.Colour), IdleFor: 3600}, Place: &wire.Place{Where: "~/billing @prod", Lock: "locked", State: wire.Listed}})
	for at := 0; at < rows; at += wire.PerMessage {
		part := &wire.Rows{First: at == 0, Last: at+wire.PerMessage >= rows}
		for i := at; i < min(rows, at+wire.PerMessage); i++ {
			part.Rows = append(part.Rows, wire.Row{Name: fmt.Sprintf("SERVICE_%05d_DB_PASSWORD", i), Version: 3, Changed: time.Now().Add(-time.Duration(i) * time.Hour).Unix(), Labels: "env=prod", Size: 24, Kind: "text"})
		}
		r.tell(wire.Message{Rows: part})
	}
	return r
}

func (r *rig) tell(m wire.Message) {
	r.t.Helper()
	if err := wire.WriteMessage(r.in, m); err != nil {
		r.t.Fatal(err)
	}
}

// drawn is what was drawn since the last time, once nothing more comes.
func (r *rig) drawn(still time.Duration) []byte {
	for last := -1; ; time.Sleep(still) {
		r.mu.Lock()
		n := r.seen.Len()
		if n == last {
			seen := bytes.Clone(r.seen.Bytes())
			r.seen.Reset()
			r.mu.Unlock()
			return seen
		}
		last = n
		r.mu.Unlock()
	}
}

// sees waits until a text was drawn.
func (r *rig) sees(text string) {
	r.t.Helper()
	if !r.until(func(seen []byte) bool { return bytes.Contains(seen, []byte(text)) }) {
		r.t.Fatalf("%q was not drawn: %q", text, r.drawn(time.Second))
	}
}

// until waits until what was drawn since the last time is as it is wanted.
func (r *rig) until(is func(seen []byte) bool) bool {
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		r.mu.Lock()
		ok := is(r.seen.Bytes())
		r.mu.Unlock()
		if ok {
			return true
		}
	}
	return false
}

// calm waits until nothing more is drawn for a second, however late what was asked for is.
func (r *rig) calm() (seen []byte) {
	for range 60 {
		if seen = r.drawn(time.Second); len(seen) == 0 {
			break
		}
	}
	return seen
}

// median is how many bytes a key costs.
func (r *rig) median(keys ...string) int {
	var costs []int
	for _, key := range keys {
		if _, err := r.terminal.WriteString(key); err != nil {
			r.t.Fatal(err)
		}
		if !r.until(func(seen []byte) bool { return len(seen) > 0 }) {
			r.t.Fatalf("nothing is drawn at %q", key)
		}
		costs = append(costs, len(r.drawn(150*time.Millisecond)))
	}
	slices.Sort(costs)
	r.t.Logf("%q: %v bytes", keys[0], costs)
	return costs[len(costs)/2]
}

// What is drawn stays small: over a slow line each byte is waited for.
func TestBytes(t *testing.T) {
	r := newRig(t, 1000)
	r.sees("24 bytes, text")
	first := r.drawn(300 * time.Millisecond)
	if t.Logf("the first frame: %d bytes", len(first)); len(first) > 1600 {
		t.Errorf("the first frame has %d bytes", len(first))
	}
	// Some terminals keep what is erased: nothing is, but what was there before.
	if n := bytes.Count(first, []byte("\x1b[2J")); n != 1 {
		t.Errorf("the screen was erased %d times: %q", n, first)
	}
	down := make([]string, 9)
	for i := range down {
		down[i] = "\x1b[B"
	}
	if n := r.median(down...); n == 0 || n > 150 {
		t.Errorf("the cursor costs %d bytes", n)
	}
	if n := r.median("s", "e", "r", "v", "i", "c", "e", "d", "b"); n == 0 || n > 16 {
		t.Errorf("a letter costs %d bytes", n)
	}
	if seen := r.calm(); len(seen) != 0 {
		t.Errorf("while nobody does anything %q is drawn", seen)
	}
}

// What was still told of the request before does not keep the answer to the next one from
// being read.
func TestToldWhileTacitHasTheTerminal(t *testing.T) {
	r := newRig(t, 10)
	r.sees("24 bytes, text")
	for i := range 3 {
		r.drawn(300 * time.Millisecond)
		if _, err := r.terminal.WriteString("\x0f"); err != nil {
			t.Fatal(err)
		}
		if q, err := r.requests.ReadRequest(); err != nil || q.Verb != wire.Show {
			t.Fatalf("%+v, %v", q, err)
		}
		for range 5 {
			r.tell(wire.Message{Place: &wire.Place{Where: "~/billing @prod", Lock: "unlocked", State: wire.Listed}})
		}
		time.Sleep(50 * time.Millisecond) // they are read by now
		r.tell(wire.Message{Done: &wire.Done{Note: fmt.Sprintf("done for the time %d", i)}})
		r.sees(fmt.Sprint("done for the time ", i))
	}
}

// A frame is drawn after each request, though the library may stop its clock by mistake: on
// one processor it did so every fiftieth time.
func TestDrawsAgain(t *testing.T) {
	r := newRig(t, 10, "GOMAXPROCS=1")
	r.sees("24 bytes, text")
	for i := range 200 {
		if _, err := r.terminal.WriteString("\x0f"); err != nil {
			t.Fatal(err)
		}
		if q, err := r.requests.ReadRequest(); err != nil || q.Verb != wire.Show {
			t.Fatalf("%+v, %v", q, err)
		}
		r.tell(wire.Message{Done: &wire.Done{Note: fmt.Sprintf("done for the time %d", i)}})
		r.sees(fmt.Sprint("done for the time ", i))
	}
}

// Enter is the same key where the terminal has made a newline of it before it was read here.
func TestEnterAhead(t *testing.T) {
	r := newRig(t, 10)
	r.sees("24 bytes, text")
	for _, key := range []string{"\r", "\n"} {
		if _, err := r.terminal.WriteString(key); err != nil {
			t.Fatal(err)
		}
		if q, err := r.requests.ReadRequest(); err != nil || q.Verb != wire.Secret {
			t.Fatalf("%q: %+v, %v", key, q, err)
		}
		r.tell(wire.Message{Secret: &wire.OneSecret{Name: "SERVICE_00000_DB_PASSWORD", Gone: true}})
	}
}

// A hundred thousand names take no more than 40 MiB.
func TestManyNames(t *testing.T) {
	r := newRig(t, 100_000)
	r.sees("24 bytes, text")
	r.median("d", "b", "9")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no size in %s", status)
	}
	kib, _ := strconv.Atoi(string(found[1]))
	t.Logf("%d MiB", kib>>10)
	if kib > 40<<10 {
		t.Errorf("it takes %d MiB", kib>>10)
	}
}

// The size that is known is told once more, by a goroutine that may be late: that one is
// dropped, and no other.
func TestSizeKnown(t *testing.T) {
	known, other := tea.WindowSizeMsg{Width: 80, Height: 24}, tea.WindowSizeMsg{Width: 81, Height: 24}
	for what, c := range map[string]struct{ come, goes []tea.Msg }{
		"the known one":   {[]tea.Msg{gone{}, known, known, other, known}, []tea.Msg{gone{}, nil, known, other, known}},
		"another one":     {[]tea.Msg{other, known}, []tea.Msg{other, known}},
		"no size is told": {[]tea.Msg{gone{}}, []tea.Msg{gone{}}},
	} {
		filter := sizeKnown(80, 24)
		for i, msg := range c.come {
			if got := filter(nil, msg); got != c.goes[i] {
				t.Errorf("%s: %d: %v becomes %v", what, i, msg, got)
			}
		}
	}
}

// openPTY opens a terminal: our end, and that of programs.
func openPTY(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { ours.Close() })
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theirs.Close() })
	return ours, theirs
}
