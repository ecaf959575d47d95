package helper

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// TestMain makes helpers, good and bad, of this test's own program: what a helper does,
// its name says.
func TestMain(m *testing.M) {
	switch name := filepath.Base(os.Args[0]); name {
	case "good", "last-words", "flood":
		switch name {
		case "last-words":
			fmt.Fprintln(os.Stderr, "first words\nlast \x1b[31mwords")
			os.Exit(3)
		case "flood":
			go func() {
				for {
					if _, err := os.Stderr.WriteString(strings.Repeat("flood ", 1000) + "\n"); err != nil {
						return
					}
				}
			}()
		}
		err := Serve(context.Background(), os.Stdin, os.Stdout, func(_ context.Context, address string) (transport.Transport, error) {
			return environmentOf{transport.NewMemory().Open()}, nil
		})
		if err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	case "deaf": // it does not end with its input
		fmt.Println(greeting)
		fmt.Println("ok 1 0")
		for { // with select {} the runtime finds a deadlock, and ends it
			time.Sleep(time.Hour)
		}
	case "parent": // it starts a helper that would stay, and ends
		c, err := Open(context.Background(), filepath.Join(filepath.Dir(os.Args[0]), "deaf"), "x")
		if err != nil {
			os.Exit(1)
		}
		fmt.Println(c.pid())
		bufio.NewReader(os.Stdin).ReadByte()
		os.Exit(0) // without Close
	}
	os.Exit(m.Run())
}

// environmentOf answers a Wait with the helper's environment.
type environmentOf struct{ transport.Transport }

func (environmentOf) Wait(context.Context, ...string) error {
	return fmt.Errorf("%w: %s", transport.ErrDenied, strings.Join(os.Environ(), " "))
}

func (c *Client) pid() int { return c.process }

// named is this test's program by another name.
func named(t *testing.T, names ...string) (path string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a program is known by its name here, and that ends in .exe")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range names {
		path = filepath.Join(dir, name)
		if err := os.Symlink(self, path); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestProcess(t *testing.T) {
	t.Setenv("TACIT_SECRET", "canary")
	t.Setenv("SSL_CERT_DIR", "/certificates")
	for _, name := range []string{"good", "flood"} {
		c, err := Open(context.Background(), named(t, name), "x")
		if err != nil {
			t.Fatal(name, err)
		}
		for _, data := range []string{"x", strings.Repeat("y", transport.MaxData)} {
			old, _ := c.Get(context.Background(), beat)
			if err := c.Put(context.Background(), beat, []byte(data), old); err != nil {
				t.Fatal(name, err)
			}
			if b, err := c.Get(context.Background(), beat); err != nil || string(b) != data {
				t.Errorf("%s: %d bytes, %v", name, len(b), err)
			}
		}
		err = c.Wait(context.Background(), "b/")
		if err == nil || !strings.Contains(err.Error(), "SSL_CERT_DIR=/certificates") || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "PATH") {
			t.Errorf("the helper's environment: %v", err)
		}
		if err := errors.Join(c.Close(), c.Close()); err != nil {
			t.Error(err)
		}
		if _, err := c.Get(context.Background(), beat); !errors.Is(err, transport.ErrClosed) {
			t.Error(err)
		}
	}
}

func TestBadProcesses(t *testing.T) {
	if _, err := Open(context.Background(), filepath.Join(t.TempDir(), "tacit-nats"), "x"); !errors.Is(err, transport.ErrSetup) {
		t.Errorf("no helper: %v", err)
	}
	_, err := Open(context.Background(), named(t, "last-words"), "x")
	if !errors.Is(err, transport.ErrUnreachable) || !strings.Contains(err.Error(), "last ") || strings.Contains(err.Error(), "\x1b") || strings.Contains(err.Error(), "first") {
		t.Errorf("a helper that ends at once: %q", err)
	}
	c, err := Open(context.Background(), named(t, "deaf"), "x")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Get(ctx, beat); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	c.Close() // returns
	// One that is killed amid a request.
	if c, err = Open(context.Background(), named(t, "deaf"), "x"); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	failed := make(chan error)
	go func() {
		_, err := c.Get(context.Background(), beat)
		failed <- err
	}()
	p, err := os.FindProcess(c.pid())
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, transport.ErrUnreachable) {
		t.Error(err)
	}
}

// TestEndsWithParent: a helper that does not even read its input ends when tacit is
// killed.
func TestEndsWithParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("here the end of its input ends a helper, and nothing else")
	}
	cmd := exec.Command(named(t, "deaf", "parent"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	pid, converted := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || converted != nil {
		t.Fatal(line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	_ = cmd.Wait()
	waitGone(t, pid)
}

// TestBeside: a helper is looked for beside this program and nowhere else.
func TestBeside(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	path, err := Beside("tacit-nats")
	self, _ := os.Executable()
	self, _ = filepath.EvalSymlinks(self)
	if err != nil || filepath.Dir(path) != filepath.Dir(self) || !strings.HasPrefix(filepath.Base(path), "tacit-nats") {
		t.Errorf("%s, %v", path, err)
	}
}
