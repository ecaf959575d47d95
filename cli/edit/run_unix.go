//go:build unix

package edit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/run"
	"github.com/tacit-vault/tacit/cli/terminal"
)

// A vigil takes the signals that would end this process, from when there is
// something in memory to be removed until it is gone. While an editor runs the
// keys that interrupt are the editor's business, and for a moment after it: a
// signal may come to this process later than to the editor.
type vigil struct {
	signals chan os.Signal
	cancel  context.CancelFunc

	mu      sync.Mutex // guards editing and ended
	editing bool
	ended   time.Time // when an editor has last ended
}

// aMoment is longer than a signal takes, and shorter than a user to read a question.
const aMoment = 500 * time.Millisecond

// keepVigil returns a context that ends with the first such signal. What
// listened before hears of none any more: an interrupt that was meant for the
// editor must not end what comes after it.
func keepVigil(ctx context.Context) (context.Context, *vigil) {
	ctx, cancel := context.WithCancel(ctx)
	v := &vigil{signals: make(chan os.Signal, 16), cancel: cancel}
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM) // takes them from others
	signal.Notify(v.signals, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	go func() {
		for sig := range v.signals {
			v.mu.Lock()
			ignore := (v.editing || time.Since(v.ended) < aMoment) && run.FromTerminal(sig)
			v.mu.Unlock()
			if !ignore {
				cancel()
			}
		}
	}()
	return ctx, v
}

func (v *vigil) set(editing bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.editing = editing
	if !editing {
		v.ended = time.Now()
	}
}

// end gives the signals back to the system.
func (v *vigil) end() {
	signal.Stop(v.signals)
	close(v.signals)
	v.cancel()
}

// grace is how long an editor has to end when it is told to.
const grace = 3 * time.Second

// runEditor runs the editor on the file and waits for it. It fails unless the editor
// ended with success.
func runEditor(ctx context.Context, s *frame.Session, v *vigil, e editor, folder, path string) error {
	argv := e.command(path)
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return noEditor(argv[0], err)
	}
	// It inherits that files are for nobody else and that nothing dumps core; and
	// what it makes for a moment, for a filter say, lies in memory as well.
	cmd := &exec.Cmd{Path: program, Args: argv, Env: run.Merge(s.Environ(), map[string]string{"TMPDIR": "TMPDIR=" + folder})}
	closeTTY := editorStreams(s, cmd)
	defer closeTTY()
	defer terminalState(cmd.Stdin)()
	v.set(true)
	defer v.set(false)
	if err := cmd.Start(); err != nil {
		return noEditor(argv[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		_ = cmd.Process.Signal(unix.SIGTERM)
		select {
		case <-ended:
		case <-time.After(grace):
			_ = cmd.Process.Kill()
			<-ended
		}
		return ctx.Err()
	}
	if err == nil {
		return nil
	}
	return editorFailed(e, cmd, err)
}

// editorFailed is an editor that crashed or said that the text is not to be taken.
func editorFailed(e editor, cmd *exec.Cmd, err error) error {
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if ok && status.Signaled() {
			err = fmt.Errorf("it was ended by a signal: %v", status.Signal())
		} else {
			err = fmt.Errorf("it ended with exit status %d", cmd.ProcessState.ExitCode())
		}
	}
	f := &failure.Failure{Code: "editor", Exit: failure.ExitOther, Message: fmt.Sprintf("edit: the editor %s: %v; nothing was changed", failure.Printable(e.text), err)}
	return f.Hinted("{tacit edit} again; EDITOR names another editor")
}

// editorStreams gives the editor the terminal. Where there is none it gets our
// streams, and what it prints is no result.
func editorStreams(s *frame.Session, cmd *exec.Cmd) (done func()) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.In, s.Out, s.Err
	if terminal.IsTerminal(s.In) && terminal.IsTerminal(s.Out) {
		return func() {}
	}
	if tty, ok := s.Terminal(); ok {
		cmd.Stdin, cmd.Stdout = tty.In, tty.Out
		return func() { tty.Close() }
	}
	cmd.Stdout = s.Err
	return func() {}
}

// terminalState returns what puts a terminal back as it is now: an editor that
// crashed leaves it as it needed it.
func terminalState(in io.Reader) (restore func()) {
	f, ok := in.(*os.File)
	if !ok {
		return func() {}
	}
	fd := int(f.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return func() {}
	}
	return func() { _ = term.Restore(fd, before) }
}
