package badgerstore_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/longtest"
)

// Tests about several processes run this test binary again, as a child that
// does one of these things with the store in a folder.
const childEnv = "TACIT_STORE_TEST_CHILD"

var children = map[string]func(dir, arg string) error{
	"write":    childWrite,
	"hold":     childHold,
	"forged":   childForged,
	"sessions": childSessions,
}

func TestMain(m *testing.M) {
	if what := os.Getenv(childEnv); what != "" {
		run, ok := children[what]
		if !ok || len(os.Args) != 3 {
			fmt.Fprintln(os.Stderr, "no such child:", what, os.Args)
			os.Exit(2)
		}
		if err := run(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, what+":", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	longtest.Choose()
	os.Exit(m.Run())
}

// child is a process started by startChild.
type child struct {
	cmd   *exec.Cmd
	out   *bufio.Scanner
	stdin io.WriteCloser
}

func startChild(t *testing.T, what, dir, arg string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir, arg)
	cmd.Env = append(os.Environ(), childEnv+"="+what)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, out: bufio.NewScanner(stdout), stdin: stdin}
	t.Cleanup(func() { _ = c.kill() })
	return c
}

// line returns the child's next line of output, "" at the end.
func (c *child) line() string {
	if !c.out.Scan() {
		return ""
	}
	return c.out.Text()
}

// kill ends the child the hard way.
func (c *child) kill() error {
	_ = c.cmd.Process.Kill()
	return c.cmd.Wait()
}

// wait lets the child end by itself.
func (c *child) wait() error {
	c.stdin.Close()
	for c.line() != "" {
	}
	return c.cmd.Wait()
}

// childWrite writes entries, acknowledging each with a line, until it is
// killed. arg is the size of the values; every tenth is that large.
func childWrite(dir, arg string) error {
	size, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	s, err := badgerstore.Open(context.Background(), dir, store.Options{Wait: hang})
	if err != nil {
		return err
	}
	first := 0
	err = s.View(func(r store.Reader) error {
		for range r.Keys([]byte("k"), nil) {
			first++
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Println("open")
	for i := first; ; i++ {
		if err := s.Update(func(w store.Writer) error { return w.Put(childEntry(i, size)) }); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

// childEntry is what childWrite writes as its entry i.
func childEntry(i, size int) (key, value []byte) {
	n := 200
	if i%10 == 0 {
		n = size
	}
	key = fmt.Appendf(nil, "k%07d", i)
	return key, []byte(strings.Repeat(string(key), n/len(key)+1)[:n])
}

// childHold keeps the store open, for reading if arg is "read", until its
// standard input ends.
func childHold(dir, arg string) error {
	s, err := badgerstore.Open(context.Background(), dir, store.Options{ReadOnly: arg == "read", Wait: hang})
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

// childSessions adds one to a counter, arg times, each in a session of its own.
func childSessions(dir, arg string) error {
	count, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	for range count {
		s, err := badgerstore.Open(context.Background(), dir, store.Options{Wait: hang})
		if err != nil {
			return err
		}
		err = s.Update(func(w store.Writer) error {
			n := 0
			if b, err := w.Get([]byte("counter")); err == nil {
				n, _ = strconv.Atoi(string(b))
			}
			return w.Put([]byte("counter"), strconv.AppendInt(nil, int64(n+1), 10))
		})
		if err != nil {
			return err
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	return nil
}
