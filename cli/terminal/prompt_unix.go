//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/tacit-vault/tacit/cli/failure"
)

// The terminal driver keeps 4,095 bytes of a line and drops the rest in silence,
// and hands over a paste line by line. So a secret is read without it, byte by
// byte, and edited here.

// How long nothing more comes after what was sent at once. A person's next key
// comes later; what was pasted does not.
const (
	burst = 50 * time.Millisecond
	still = 300 * time.Millisecond // of a slow line, before it is given back
)

// driverLine is the longest line that a terminal driver keeps for who asks later.
const driverLine = 4095

// A hidden is one question for a secret.
type hidden struct {
	tty      *TTY
	fd       int
	question string
	before   *term.State
	typed    *typing
	alone    bool // no other question may take what was typed before this one
	ahead    int  // bytes that had been typed before the question
	read     int  // bytes read
	first    int  // bytes of the first line
	lineRead bool // the first line has ended
	wake     *os.File
	signals  chan os.Signal
}

// askTerminal asks, and gives the terminal back as it was, however it ends.
func askTerminal(ctx context.Context, tty *TTY, question string, how asking) (answer []byte, err error) {
	Hear(ctx) // however it ends, the terminal is given back
	h := &hidden{tty: tty, fd: int(tty.In.Fd()), question: question, typed: newTyping(how.lines), alone: how.alone, signals: make(chan os.Signal, 4)}
	if h.before, err = term.GetState(h.fd); err != nil {
		return nil, fmt.Errorf("asking on the terminal: %w", err)
	}
	waker, wakes, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("asking on the terminal: %w", err)
	}
	defer waker.Close()
	defer wakes.Close()
	h.wake = waker
	stop := context.AfterFunc(ctx, func() { _, _ = wakes.Write([]byte{0}) })
	defer stop()
	// Stopped, the process leaves the terminal to the shell as it was; continued, it
	// asks again.
	defer HoldStops()()
	signal.Notify(h.signals, unix.SIGTSTP, unix.SIGCONT)
	for _, s := range hangups() {
		signal.Notify(h.signals, s)
	}
	defer signal.Stop(h.signals)
	ended := make(chan struct{})
	defer close(ended)
	forwarded := make(chan os.Signal, 4)
	go forwardSignals(h.signals, forwarded, wakes, ended)
	if err := silence(h.fd); err != nil {
		return nil, fmt.Errorf("asking on the terminal: %w", err)
	}
	h.ahead = pending(h.fd)
	h.ask()
	defer h.giveBack()
	answer, err = h.await(ctx, forwarded)
	tty.left = max(0, h.ahead-h.read)
	if err != nil {
		h.typed.wipe()
		drain(h.fd)
		tty.left = 0
	}
	return answer, err
}

// hangups are the signals that end a process, and by themselves would leave the terminal
// as it is. Whoever had one ignored, as nohup does, means that.
func hangups() []os.Signal {
	return slices.DeleteFunc([]os.Signal{unix.SIGHUP, unix.SIGQUIT}, signal.Ignored)
}

// forwardSignals wakes whoever waits for the terminal.
func forwardSignals(from <-chan os.Signal, to chan<- os.Signal, wakes io.Writer, ended <-chan struct{}) {
	for {
		select {
		case s := <-from:
			to <- s
			_, _ = wakes.Write([]byte{0})
		case <-ended:
			return
		}
	}
}

// silence takes the terminal over: it shows nothing and keeps no lines, and no
// key is a signal, because the keys of a paste must not be.
func silence(fd int) error {
	t, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.IXON | unix.IXOFF | unix.ISTRIP | unix.PARMRK
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, setTermios, t)
}

// ask shows the question, and asks the terminal to mark a paste.
func (h *hidden) ask() {
	if !h.tty.Plain {
		fmt.Fprint(h.tty.Out, "\x1b[?2004h")
	}
	fmt.Fprint(h.tty.Out, h.question)
}

func (h *hidden) giveBack() {
	if !h.tty.Plain {
		fmt.Fprint(h.tty.Out, "\x1b[?2004l")
	}
	_ = term.Restore(h.fd, h.before)
	fmt.Fprintln(h.tty.Out)
}

// await reads until the answer is complete.
func (h *hidden) await(ctx context.Context, signals <-chan os.Signal) ([]byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		select {
		case s := <-signals:
			if err := h.signal(s); err != nil {
				return nil, err
			}
			continue
		default:
		}
		b, ok, err := h.next()
		if err != nil {
			return nil, err
		}
		if !ok { // a signal, or the end of ctx
			continue
		}
		if done, err := h.act(b); done || err != nil {
			if err != nil {
				return nil, err
			}
			return h.typed.answer()
		}
	}
}

// act does what a byte asks for.
func (h *hidden) act(b byte) (done bool, err error) {
	if b == 0 && h.read <= h.ahead {
		b = keyEnd // as the driver keeps one that was typed ahead
	}
	if b == '\r' || b == '\n' || b == keyEnd {
		h.lineRead = true
	} else if !h.lineRead {
		h.first++
	}
	if b == keyInterrupt && h.typed.pasting && !h.readable(burst) {
		return false, h.press(unix.SIGINT) // the end of the paste was lost: this is a key
	}
	switch h.typed.take(b) {
	case rings:
		fmt.Fprint(h.tty.Out, "\a")
	case pasted:
		if n := h.typed.newlines(); n > 0 {
			fmt.Fprintf(h.tty.Out, "(pasted, with %d ends of lines; Enter ends it) ", n)
		}
	case leaves:
		return false, askError(io.EOF)
	case breaks:
		return false, h.press(unix.SIGINT)
	case suspend:
		return false, h.press(unix.SIGTSTP)
	case ends:
		return true, h.whole()
	}
	return false, nil
}

// whole refuses an answer that is not all: cut by the driver before it was read
// here, the first one of several that came at once, or of what was typed ahead.
func (h *hidden) whole() error {
	switch {
	case h.ahead >= driverLine && h.first >= driverLine-1:
		f := &failure.Failure{Code: "refused", Exit: failure.ExitInvalid, Message: "a line this long, typed before it was asked for, may have been cut by the terminal; nothing was changed"}
		return f.Hinted("wait for the question, or use a pipe")
	case !h.alone && h.read < h.ahead:
		return nil // the answers to the next questions were typed ahead
	case h.typed.byEnd && h.read >= h.ahead:
		return nil
	case !h.onlyEnd():
		return errSeveralLines()
	}
	return nil
}

// onlyEnd reads what is left of what came at once, and tells whether that is no more
// than an end: the LF of CR LF, which a driver makes a second end of a line, and ^D.
func (h *hidden) onlyEnd() bool {
	lines := 0
	for h.read < h.ahead || h.readable(burst) {
		b, ok, err := h.next()
		switch {
		case err != nil:
			return false
		case !ok:
		case b == '\n' || b == '\r':
			lines++
		case !endsOnly([]byte{b}):
			return false
		}
	}
	return lines <= 1
}

// endsOnly tells whether these are ends of lines and of input alone: ^D is NUL where
// the driver kept it.
func endsOnly(typed []byte) bool {
	return len(bytes.Trim(typed, "\r\n\x00\x04")) == 0
}

// press is a key that is a signal to the programs before the terminal.
func (h *hidden) press(s syscall.Signal) error {
	group, err := unix.IoctlGetInt(h.fd, unix.TIOCGPGRP)
	if err == nil && group > 0 {
		err = unix.Kill(-group, s)
	}
	if s == unix.SIGINT {
		return context.Canceled
	}
	if err != nil { // not the terminal of this process: there is no shell to stop for
		h.typed.spoil("the key ^Z")
	}
	return nil
}

// signal gives the terminal back while the process is stopped, and takes it over
// when it goes on. What ends the process ends the question.
func (h *hidden) signal(s os.Signal) error {
	if s == unix.SIGHUP || s == unix.SIGQUIT {
		return context.Canceled
	}
	if s == unix.SIGTSTP {
		h.giveBack()
		Suspend()
	}
	if err := silence(h.fd); err != nil {
		return fmt.Errorf("asking on the terminal: %w", err)
	}
	h.ask()
	return nil
}

// next waits for one byte; ok is false where it was woken instead.
func (h *hidden) next() (b byte, ok bool, err error) {
	ready, woken, err := waitFor(h.fd, int(h.wake.Fd()), -1)
	if err != nil {
		return 0, false, fmt.Errorf("asking on the terminal: %w", err)
	}
	one := make([]byte, 1)
	if woken {
		_, _ = h.wake.Read(one)
		return 0, false, nil
	}
	if !ready {
		return 0, false, nil
	}
	n, err := unix.Read(h.fd, one)
	switch {
	case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
		return 0, false, nil
	case err != nil:
		return 0, false, askError(err)
	case n == 0:
		return 0, false, askError(io.EOF)
	}
	h.read++
	return one[0], true, nil
}

func (h *hidden) readable(within time.Duration) bool { return readable(h.fd, within) }

func readable(fd int, within time.Duration) bool {
	ready, _, err := waitFor(fd, -1, within)
	return ready && err == nil
}

// drain takes what else was sent at once, so that no shell gets it as commands. It
// tells whether that was more than ends of lines.
func drain(fd int) (more bool) {
	buf := make([]byte, 4096)
	wait := burst
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end) && readable(fd, wait); wait = still {
		n, err := unix.Read(fd, buf)
		if n <= 0 && !errors.Is(err, unix.EINTR) {
			break
		}
		more = more || !endsOnly(buf[:max(n, 0)])
		clear(buf)
	}
	return more
}

// dropAhead drops what was typed and not read, the line under way included, and
// tells whether that was more than ends of lines.
func dropAhead(tty *TTY) (more bool) {
	fd := int(tty.In.Fd())
	before, err := term.GetState(fd)
	if err != nil || silence(fd) != nil {
		return false
	}
	defer term.Restore(fd, before)
	return drain(fd)
}

// pending is how many bytes can be read at once.
func pending(fd int) int {
	n, err := unix.IoctlGetInt(fd, fionread)
	if err != nil {
		return 0
	}
	return n
}
