package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/tacit-vault/tacit/store/longtest"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

func TestMain(m *testing.M) {
	longtest.Choose()
	os.Exit(m.Run())
}

// patience is what bounds a test that hangs: a machine that does other things, too, may
// take long.
const patience = 10 * time.Minute

// server is a nats-server that is a process.
type server struct {
	t      *testing.T
	dir    string
	config string
	port   int
	tls    bool
	cmd    *exec.Cmd

	mu    sync.Mutex // guards lines and heard
	lines []string
	heard chan struct{}
	gone  chan struct{}
}

// program is the nats-server to test against.
func program(t *testing.T) string {
	t.Helper()
	path := os.Getenv("TACIT_TEST_NATS")
	if path == "" {
		t.Skip("TACIT_TEST_NATS names no nats-server")
	}
	return path
}

// start starts a server with a configuration, in which %dir stands for its folder.
func start(t *testing.T, config string) *server {
	t.Helper()
	s := begin(t, config)
	s.await("Server is ready")
	return s
}

// begin is start, and waits for nothing.
func begin(t *testing.T, config string) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), port: freePort(t)}
	s.config = filepath.Join(s.dir, "server.conf")
	config = fmt.Sprintf("listen: 127.0.0.1:%d\n", s.port) + strings.ReplaceAll(config, "%dir", s.dir)
	if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.launch()
	t.Cleanup(s.kill)
	return s
}

// run starts the process again, and waits until it says that it is ready.
func (s *server) run() {
	s.t.Helper()
	s.launch()
	s.await("Server is ready")
}

func (s *server) launch() {
	s.t.Helper()
	s.cmd = exec.Command(program(s.t), "-c", s.config)
	log, err := s.cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := startTied(s.cmd); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.lines, s.heard, s.gone = nil, make(chan struct{}), make(chan struct{})
	s.mu.Unlock()
	go s.listen(log)
}

func (s *server) listen(log io.Reader) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		s.mu.Lock()
		s.lines = append(s.lines, lines.Text())
		close(s.heard)
		s.heard = make(chan struct{})
		s.mu.Unlock()
	}
	close(s.gone)
}

// await waits until the log has a line with the text.
func (s *server) await(text string) {
	s.t.Helper()
	if !s.says(patience, text) {
		s.t.Fatalf("the server does not say %q:\n%s", text, strings.Join(s.lines, "\n"))
	}
}

func (s *server) says(within time.Duration, text string) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		s.mu.Lock()
		heard := s.heard
		for _, line := range s.lines {
			if strings.Contains(line, text) {
				s.mu.Unlock()
				return true
			}
		}
		s.mu.Unlock()
		select {
		case <-heard:
		case <-s.gone:
			return false
		case <-timer.C:
			return false
		}
	}
}

// kill ends the process as a loss of power would.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.gone
	_ = s.cmd.Wait()
}

// address is the server's.
func (s *server) address() string { return fmt.Sprintf("nats://127.0.0.1:%d", s.port) }

// connectAs connects with a name and a password, as no address does.
func connectAs(a address, user, password string) (*carrier, error) {
	return dial(a, nats.UserInfo(user, password))
}

// jetStream is the configuration of a server that keeps messages.
const jetStream = "jetstream { store_dir: \"%dir/store\", max_file_store: 1G, max_memory_store: 16M }\n"

// alone is a server with the stream.
func alone(t *testing.T, config string) *server {
	t.Helper()
	s := start(t, jetStream+config)
	again(t, func() error { return setup(context.Background(), s.address(), 0, io.Discard) })
	return s
}

// opened is a transport to an address, for a test.
func opened(t *testing.T, address string) *carrier {
	t.Helper()
	var c *carrier
	again(t, func() (err error) { c, err = open(context.Background(), address); return err })
	t.Cleanup(func() { c.Close() })
	return c
}

var (
	group  = [16]byte{1, 15: 0xab}
	other  = [16]byte{2, 15: 0xcd}
	owner  = [8]byte{3, 7: 0xe0}
	member = [8]byte{4, 7: 0xf0}
	third  = [8]byte{5}
)

func change(n int) string { return transport.ChangesKey(group, member, uint64(n)) }

// want checks what is stored, and gives a replica time to catch up.
func want(t *testing.T, c transport.Transport, key, data string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		got, err := c.Get(ctx, key)
		switch {
		case err == nil && string(got) == data:
			return
		case ctx.Err() != nil || err == nil:
			t.Fatalf("%s holds %.40q, %v; want %.40q", key, got, err, data)
		case !errors.Is(err, transport.ErrNone) && !errors.Is(err, transport.ErrUnreachable):
			t.Fatalf("%s: %v", key, err)
		}
		_ = pause(ctx, tryPause/10)
	}
}

func put(t *testing.T, c transport.Transport, key, data string) {
	t.Helper()
	again(t, func() error { return c.Put(context.Background(), key, []byte(data), nil) })
}

// again tries what cannot be reached yet.
func again(t *testing.T, try func() error) {
	t.Helper()
	if err := answered(try); err != nil {
		t.Fatal(err)
	}
}

// answered is what is said once there is an answer: a server on a busy machine may be late
// for one.
func answered(try func() error) error {
	for end := time.Now().Add(patience); ; {
		err := try()
		if !errors.Is(err, transport.ErrUnreachable) || time.Now().After(end) {
			return err
		}
		_ = pause(context.Background(), tryPause)
	}
}
