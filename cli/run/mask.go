package run

import (
	"errors"
	"io"
	"os/exec"
	"sync"
	"time"
)

// maskedAs is put in the place of a value, whatever its length.
var maskedAs = []byte("*****")

// maskDelay is how long output is held back that may be the beginning of a value:
// a command that asks something, and waits, is to be seen.
const maskDelay = 200 * time.Millisecond

// A masker writes what is written to it with the masks hidden, wherever writes
// begin and end: what may be the beginning of one is held back until it is
// clear, or maskDelay has passed. Close writes what was held back, and does not
// close to.
type masker struct {
	to    io.Writer
	masks *masks

	mu      sync.Mutex // guards what follows, and writing
	pending []byte
	cover   int  // of pending, what is to be hidden whatever follows
	shown   int  // of pending, what was written, hidden or not
	hidden  bool // the last that was written is maskedAs
	timer   *time.Timer
	err     error // the first of to's: nothing is written after it
}

var _ io.WriteCloser = (*masker)(nil)

func (w *masker) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = append(w.pending, p...)
	if err := w.flush(false); err != nil {
		return 0, err
	}
	if len(w.pending) > w.shown {
		if w.timer == nil {
			w.timer = time.AfterFunc(maskDelay, w.release)
		} else {
			w.timer.Reset(maskDelay)
		}
	}
	return len(p), nil
}

func (w *masker) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
	return w.flush(true)
}

// release writes what was held back for long: a few bytes as they are, and more
// as if it were the value. Either way what follows is held against all of it.
func (w *masker) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []byte
	switch {
	case len(w.pending) <= w.shown:
		return
	case len(w.pending) < maskShort:
		out, w.hidden = append(out, w.pending[w.shown:]...), false
	default:
		if w.cover = len(w.pending); !w.hidden {
			out, w.hidden = maskedAs, true
		}
	}
	w.shown = len(w.pending)
	w.write(out)
}

// flush writes what is clear; at the end everything is.
func (w *masker) flush(end bool) error {
	var out []byte
	b, at := w.pending, 0
	for ; at < len(b); at++ {
		n, more := w.masks.match(b[at:])
		if more && !end {
			break
		}
		if n > 0 {
			w.cover = max(w.cover, at+n)
		}
		switch {
		case at < w.shown:
		case at >= w.cover:
			out, w.hidden = append(out, b[at]), false
		case !w.hidden:
			out, w.hidden = append(out, maskedAs...), true
		}
	}
	rest := append(w.pending[:0:0], b[at:]...)
	clear(w.pending)
	w.pending, w.cover, w.shown = rest, max(0, w.cover-at), max(0, w.shown-at)
	return w.write(out)
}

func (w *masker) write(out []byte) error {
	if len(out) > 0 && w.err == nil {
		_, w.err = w.to.Write(out)
	}
	return w.err
}

// mask puts maskers between a command and its output, and returns what writes
// the last of it and tells whether all of it could be written. Without masks the
// command has the streams themselves.
func mask(cmd *exec.Cmd, m *masks) (last func() error) {
	if m == nil {
		return func() error { return nil }
	}
	out, errs := &masker{to: cmd.Stdout, masks: m}, &masker{to: cmd.Stderr, masks: m}
	cmd.Stdout, cmd.Stderr = out, errs
	return func() error { return errors.Join(out.Close(), errs.Close()) }
}
