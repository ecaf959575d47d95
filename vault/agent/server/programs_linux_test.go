package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// copyOfSelf is the test binary at a path of its own: another program. While it is
// written no other test starts a process, which would have it open for writing, too, until
// it is another program: nobody could run it that long.
func copyOfSelf(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/exe")
	fatal(t, err)
	path := filepath.Join(t.TempDir(), name)
	syscall.ForkLock.RLock()
	err = os.WriteFile(path, b, 0o755)
	syscall.ForkLock.RUnlock()
	fatal(t, err)
	return path
}

// askAs runs a program that asks by the connections that steps name; see
// childAsk. It returns the statuses of the answers.
func askAs(t *testing.T, f *fixture, program string, steps ...string) string {
	t.Helper()
	cmd := exec.Command(program, steps...)
	cmd.Env = []string{"TACIT_TEST_CHILD=ask", "TACIT_TEST_SOCKET=" + f.socket, "GOCOVERDIR=" + t.TempDir()}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v, %q", steps, err, out)
	}
	return strings.TrimSpace(string(out))
}

// childAsk is a program that does the steps in its arguments: "dial" connects,
// "ask" asks by the last connection, "stay" asks for that to be kept, "pause" waits,
// "borrow" asks for the vault and its key, "close" closes that, "keep" leaves it open
// for good, "hide" keeps the system from telling what it is, and "exec" with a path
// becomes another program, which does the rest by the same connection.
func childAsk() error {
	var c net.Conn
	if fd, err := strconv.Atoi(os.Getenv("TACIT_TEST_FD")); err == nil {
		f := os.NewFile(uintptr(fd), "inherited")
		if c, err = net.FileConn(f); err != nil {
			return err
		}
		f.Close()
	}
	for i := 1; i < len(os.Args); i++ {
		var err error
		switch step := os.Args[i]; step {
		case "dial":
			c, err = net.Dial("unix", os.Getenv("TACIT_TEST_SOCKET"))
		case "ask":
			err = askOnce(c, "")
		case "stay":
			err = askOnce(c, "?stay")
		case "pause": // longer than the test's agent waits for who asks nothing
			time.Sleep(300 * time.Millisecond)
		case "borrow":
			err = borrowOnce(c)
		case "keep":
			kept = append(kept, c)
		case "close":
			err = c.Close()
		case "hide":
			err = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
		case "exec":
			err = become(c, os.Args[i+1], os.Args[i+2:])
		default:
			err = fmt.Errorf("no such step: %s", step)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", os.Args[i], err)
		}
	}
	return nil
}

var kept []net.Conn // by childAsk; not collected

// askOnce prints the status of an answer, "gone" where there is none.
func askOnce(c net.Conn, query string) error {
	io.WriteString(c, "GET /v1/status"+query+" HTTP/1.1\r\nHost: tacit\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		fmt.Println("gone")
		return nil
	}
	_, err = io.Copy(io.Discard, resp.Body)
	fmt.Println(resp.StatusCode)
	return err
}

// become makes this process another program, with the connection open in it.
func become(c net.Conn, program string, steps []string) error {
	f, err := c.(*net.UnixConn).File()
	if err != nil {
		return err
	}
	fd, err := unix.Dup(int(f.Fd())) // without close-on-exec
	if err != nil {
		return err
	}
	return syscall.Exec(program, append([]string{program}, steps...), append(os.Environ(), "TACIT_TEST_FD="+strconv.Itoa(fd)))
}

// TestExec: --allow-exec holds for the program that connected, at each of its
// requests, and for no program that its process becomes.
func TestExec(t *testing.T) {
	t.Parallel()
	allowed, other := copyOfSelf(t, "allowed"), copyOfSelf(t, "other")
	f := newFixture(t)
	f.start(func(o *Options) { o.AllowExec = []string{allowed} })
	for _, tc := range []struct {
		program string
		steps   string
		want    string
	}{
		{allowed, "dial ask ask", "200 200"},
		{other, "dial ask", "403"},
		{allowed, "dial ask exec " + other + " ask", "200 403"},
		{allowed, "dial ask exec " + other + " dial ask", "200 403"},
		{allowed, "dial exec " + other + " ask", "403"},
		{allowed, "dial ask exec " + other + " ask dial ask", "200 403 403"},
		{other, "exec " + allowed + " dial ask", "200"},
		{allowed, "dial ask close dial ask", "200 200"},
	} {
		steps := strings.Fields(tc.steps)
		if steps[0] == "exec" {
			steps = append([]string{"dial"}, steps...)
		}
		if got := strings.ReplaceAll(askAs(t, f, tc.program, steps...), "\n", " "); got != tc.want {
			t.Errorf("%s %s: %s, want %s", filepath.Base(tc.program), tc.steps, got, tc.want)
		}
	}
}

// TestExecOwn: tacit may be two programs. Each of them may connect, and no other.
func TestExecOwn(t *testing.T) {
	t.Parallel()
	small, other := copyOfSelf(t, "tacit"), copyOfSelf(t, "other")
	f := newFixture(t)
	f.start(func(o *Options) { o.AllowExec, o.Own = []string{copyOfSelf(t, "allowed")}, []string{small} })
	for _, c := range []struct{ program, want string }{{small, "200"}, {"/proc/self/exe", "200"}, {other, "403"}} {
		if got := askAs(t, f, c.program, "dial", "ask"); got != c.want {
			t.Errorf("%s: %s, must be %s", c.program, got, c.want)
		}
	}
}

// TestHidden: tacit that hides itself is known by a connection that it has open,
// and by no other.
func TestHidden(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("NOT checked: nothing hides itself from root; TestAgentAllowExec of package cli runs as another user")
	}
	f := newFixture(t)
	f.start(func(o *Options) { o.AllowExec = []string{copyOfSelf(t, "allowed")} })
	for steps, want := range map[string]string{
		"dial ask hide ask":                      "200 200",
		"dial ask keep hide dial ask":            "200 200",
		"dial ask keep hide dial close dial ask": "200 200",
		"dial ask hide close dial ask":           "200 403",
		"hide dial ask":                          "403",
	} {
		if got := strings.ReplaceAll(askAs(t, f, "/proc/self/exe", strings.Fields(steps)...), "\n", " "); got != want {
			t.Errorf("%s: %s, want %s", steps, got, want)
		}
	}
}

// TestPidReuse: a process that has the number of one that was let in has nothing
// of it, and what a program had goes with its last connection.
func TestPidReuse(t *testing.T) {
	ps, err := newPrograms([]string{copyOfSelf(t, "allowed")}, nil)
	fatal(t, err)
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	who, ok := ps.allow(sockets.Peer{PID: os.Getpid()}, here)
	if !ok || !ps.again(who) {
		t.Fatal("this program is not let in")
	}
	later := process{who.pid, who.began + 1}
	if ps.again(later) || who.began != vault.ProcessBegan(os.Getpid()) {
		t.Error("another process of the same number is let in")
	}
	more, _ := net.Pipe()
	defer more.Close()
	if _, ok := ps.allow(sockets.Peer{PID: os.Getpid()}, more); !ok {
		t.Fatal("not let in again")
	}
	ps.left(who, here)
	if !ps.again(who) {
		t.Error("it is forgotten with the first of two connections")
	}
	ps.left(who, more)
	if ps.again(who) || len(ps.known) > 0 {
		t.Error("it is known after its last connection")
	}
}
