package helper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/shown"
)

// patience is how long a helper may take to end when its input has.
const patience = 2 * time.Second

// environment are the variables that a helper keeps: where the system's certificates
// are, and what Windows needs to start a program. Nothing of tacit's own.
var environment = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "SystemRoot"}

// Beside is the path of a program in the folder of this process's own, whatever links
// lead to that. It is not looked for anywhere else.
func Beside(name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("looking for %s: %w", name, err)
	}
	if real, err := filepath.EvalSymlinks(self); err == nil {
		self = real
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(filepath.Dir(self), name), nil
}

// Open starts a helper and has it open an address. It ends with Close, and with this
// process, however that ends. The error wraps transport.ErrSetup where the helper is not
// installed.
func Open(ctx context.Context, program, address string) (*Client, error) {
	p, err := Start(program, environment, syscall.SIGKILL)
	if err != nil {
		return nil, notStarted(program, err)
	}
	return connect(ctx, pipes{in: p.In, out: p.Out, pid: p.Process.Pid, last: p.Last, end: sync.OnceFunc(func() {
		p.In.Close()
		p.Await()
		p.Out.Close()
	})}, address)
}

// A Child is a program beside this one that was started to work for it.
type Child struct {
	*os.Process
	In        io.WriteCloser // its standard input
	Out       *os.File       // its standard output
	ended     chan struct{}
	how       error
	complaint tail
}

// Start starts a program in its own folder, with those of this process's environment that
// are named and no other variable. Where the system does that, it gets a signal when
// this process ends.
func Start(program string, environment []string, farewell syscall.Signal) (*Child, error) {
	cmd := exec.Command(program)
	cmd.Dir = filepath.Dir(program) // it holds no folder that somebody wants to unmount
	cmd.Env = []string{}
	for _, name := range environment {
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.SysProcAttr = tied(farewell)
	cmd.WaitDelay = patience
	p := &Child{ended: make(chan struct{})}
	cmd.Stderr = &p.complaint
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	// Not cmd's own pipe, which is closed at the end of the process: the last answers
	// are read then.
	out, theirs, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	cmd.Stdout = theirs
	started := make(chan error)
	go func() {
		// Where the system ends a child with the thread that started it, this is that
		// thread, and it stays.
		runtime.LockOSThread()
		err := cmd.Start()
		theirs.Close()
		started <- err
		if err == nil {
			p.how = cmd.Wait()
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		out.Close()
		return nil, err
	}
	p.In, p.Out, p.Process = in, out, cmd.Process
	return p, nil
}

// Ended is closed when it has ended.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// How is how it has ended; nil where that was well. It waits for the end.
func (c *Child) How() error {
	<-c.ended
	return c.how
}

// Last is the last line that it has complained of.
func (c *Child) Last() string { return c.complaint.String() }

// Await waits for its end, for a while after that of its input, and then ends it.
func (c *Child) Await() {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.ended:
	case <-timer.C:
		_ = c.Kill()
		<-c.ended
	}
}

func notStarted(program string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s is not installed; it belongs beside tacit", transport.ErrSetup, program)
	}
	return fmt.Errorf("starting %s: %w", program, err)
}

// tail keeps the last line that a helper has written, and nothing more of it.
type tail struct {
	mu   sync.Mutex // guards line
	line []byte
}

const maxTail = 1 << 10

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line = append(t.line, b[max(0, len(b)-maxTail):]...)
	t.line = t.line[max(0, len(t.line)-maxTail):]
	return len(b), nil
}

// String is the last line.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimRight(string(t.line), "\r\n")
	return shown.Line(text[strings.LastIndexByte(text, '\n')+1:], maxText)
}
