package clip

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
)

// clearing is what the process that clears a clipboard is told, on standard
// input. It answers with a line on standard output when it has understood, and
// counts the time from the end of its input, when the value has been copied. Its
// standard error is the terminal, where that is the clipboard.
type clearing struct {
	Clipboard   clipboard     `json:"clipboard"`
	After       time.Duration `json:"after"` // nanoseconds
	Key         []byte        `json:"key"`   // of Sum
	Sum         []byte        `json:"sum"`   // of the value that the clipboard is cleared of
	Multiplexer string        `json:"multiplexer"`
}

const maxClearing = 64 << 10 // bytes of it

func ClearCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "__clear", Group: cmdline.GroupHidden,
		Short:   "clear the clipboard after a while",
		Long:    "For tacit copy, which starts it and tells it on standard input what to do.",
		Example: "tacit copy NAME",
		Run: func(ctx context.Context, _ []string) error {
			return runClear(ctx, s)
		},
	}
}

// A cleaner is the process that clears the clipboard.
type cleaner struct {
	process *os.Process
	input   io.Closer
}

// begin lets the time begin.
func (c *cleaner) begin() {
	c.input.Close()
	_ = c.process.Release()
}

// end ends it, where there is nothing to clear.
func (c *cleaner) end() {
	_ = c.process.Kill()
	c.begin()
}

// startCleaner starts the process that clears the clipboard, out of reach of the
// terminal's signals, and waits until it has understood.
func startCleaner(ctx context.Context, s *frame.Session, what clearing) (*cleaner, error) {
	told, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	exe, err := s.Executable()
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	defer w.Close()
	cmd := exec.Command(exe, "__clear") // it outlives ctx
	cmd.Env, cmd.Dir, cmd.SysProcAttr = s.Environ(), os.TempDir(), system.Detached()
	cmd.Stdout = w
	if what.Clipboard.Name == terminalClipboard {
		tty, err := openTerminal(s)
		if err != nil {
			return nil, err
		}
		defer tty.Close()
		cmd.Stderr = tty.Out
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w.Close()
	started := &cleaner{cmd.Process, in}
	if _, err = in.Write(told); err == nil {
		err = awaitCleaner(ctx, r)
	}
	if err != nil {
		started.end()
		return nil, failure.Explain(err).Prefixed("copy: what would clear the clipboard did not start")
	}
	return started, nil
}

// awaitCleaner waits for its answer.
func awaitCleaner(ctx context.Context, r io.Reader) error {
	said := make(chan error, 1)
	go func() {
		_, err := bufio.NewReaderSize(r, 16).ReadString('\n')
		said <- err
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(toolTime):
		return errors.New("it does not answer")
	case err := <-said:
		return err
	}
}

// runClear clears the clipboard when its time has come, or at once when it is
// told to end.
func runClear(ctx context.Context, s *frame.Session) error {
	system.Undumpable() // it sees what is in the clipboard
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	defer stop()
	var what clearing
	if err := json.NewDecoder(io.LimitReader(s.In, maxClearing)).Decode(&what); err != nil {
		return failure.Usage("__clear is for tacit copy")
	}
	if _, err := fmt.Fprintln(s.Out, "ready"); err != nil {
		return failure.ExitStatus(failure.ExitOther)
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(io.Discard, s.In)
	}()
	select {
	case <-copied:
		await(ctx, what.After)
	case <-ctx.Done():
	}
	if err := what.clear(context.WithoutCancel(ctx), s); err != nil {
		return failure.ExitStatus(failure.ExitOther) // there is nobody to tell
	}
	return nil
}

// await returns after the time by the clock on the wall, which goes on while the
// machine sleeps; or by the other, should that one be put back.
func await(ctx context.Context, after time.Duration) {
	const look = time.Second
	begun := time.Now()
	due := begun.Round(0).Add(after)
	for {
		left := min(after-time.Since(begun), due.Sub(time.Now().Round(0)))
		if left <= 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(left, look)):
		}
	}
}

// clear clears the clipboard if the value is still there. A terminal's cannot be
// read, so it is cleared in any case.
func (c clearing) clear(ctx context.Context, s *frame.Session) error {
	if c.Clipboard.Name == terminalClipboard {
		return clearTerminal(ctx, s, s.Err, c.Multiplexer)
	}
	mac := hmac.New(sha256.New, c.Key)
	if err := c.Clipboard.run(ctx, c.Clipboard.Paste, s.Environ(), nil, mac); err != nil {
		return err // empty, mostly
	}
	if !hmac.Equal(mac.Sum(nil), c.Sum) {
		return nil
	}
	return c.Clipboard.run(ctx, c.Clipboard.Clear, s.Environ(), nil, nil)
}
