//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// A Hold is a terminal that is taken over: it shows nothing of what is typed, and each
// key is read by itself.
type Hold struct {
	tty     *TTY
	fd      int
	before  *term.State
	wake    *os.File // can be read when there is a signal, or the context ended
	wakes   *os.File
	signals chan os.Signal
	ended   chan struct{}
	stop    func() bool
	stops   func() // gives them back
}

// TakeOver takes the terminal over. What was typed before stays, and is read as keys;
// Release gives the terminal back as it was.
func TakeOver(ctx context.Context, tty *TTY) (*Hold, error) {
	h := &Hold{tty: tty, fd: int(tty.In.Fd()), signals: make(chan os.Signal, 4), ended: make(chan struct{})}
	var err error
	if h.before, err = term.GetState(h.fd); err != nil {
		return nil, fmt.Errorf("taking over the terminal: %w", err)
	}
	if h.wake, h.wakes, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("taking over the terminal: %w", err)
	}
	h.stop = context.AfterFunc(ctx, func() { _, _ = h.wakes.Write([]byte{0}) })
	h.stops = HoldStops()
	for _, s := range []os.Signal{unix.SIGHUP, unix.SIGQUIT, unix.SIGTSTP, unix.SIGCONT, unix.SIGWINCH} {
		if !signal.Ignored(s) { // as nohup has it
			signal.Notify(h.signals, s)
		}
	}
	go forwardSignals(h.signals, make(chan os.Signal, 1<<10), h.wakes, h.ended)
	if err := silence(h.fd); err != nil {
		h.Release()
		return nil, fmt.Errorf("taking over the terminal: %w", err)
	}
	return h, nil
}

// Release gives the terminal back. What was typed and not read is dropped: it was typed
// at what is gone, and is no command for the shell.
func (h *Hold) Release() {
	dropTyped(h.fd)
	_ = term.Restore(h.fd, h.before)
	signal.Stop(h.signals)
	h.stops()
	h.stop()
	close(h.ended)
	h.wake.Close()
	h.wakes.Close()
}

// Await waits for a key. ok is false where the time is over; an error of ErrWoken says
// that a signal came or the context ended.
func (h *Hold) Await(within time.Duration) (key byte, ok bool, err error) {
	for end := time.Now().Add(within); ; {
		ready, woken, err := waitFor(h.fd, int(h.wake.Fd()), max(0, time.Until(end)))
		switch {
		case err != nil:
			return 0, false, fmt.Errorf("waiting for a key: %w", err)
		case woken:
			return 0, false, ErrWoken
		case !ready && time.Now().Before(end):
			continue // a signal that is not ours
		case !ready:
			return 0, false, nil
		}
		one := make([]byte, 1)
		n, err := unix.Read(h.fd, one)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case err != nil || n == 0:
			return 0, false, ErrWoken // the terminal is gone
		}
		return one[0], true, nil
	}
}

// Rest reads what else a key sent, as keys do that are no characters.
func (h *Hold) Rest() string {
	rest := make([]byte, 0, maxSequence)
	for one := make([]byte, 1); len(rest) < maxSequence && readable(h.fd, burst); {
		if n, err := unix.Read(h.fd, one); n == 0 || err != nil {
			break
		}
		rest = append(rest, one[0])
	}
	return string(rest)
}

// dropTyped drops what is there to be read, and waits for nothing.
func dropTyped(fd int) {
	buf := make([]byte, 4096)
	for readable(fd, 0) {
		if n, err := unix.Read(fd, buf); n <= 0 || err != nil {
			return
		}
	}
}
