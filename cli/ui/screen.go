package ui

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"time"

	"golang.org/x/term"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/cli/ui/screen"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/keyring"
)

// show shows the screen until it is left. The terminal is as it was before, however that
// ends.
func (d *desk) show(ctx context.Context) error {
	tty, ok := d.s.Terminal()
	if !ok {
		return failure.Usage("there is no terminal to show a screen on").Hinted("{tacit ls}")
	}
	defer tty.Close()
	before, err := term.GetState(int(tty.In.Fd()))
	if err != nil {
		return err
	}
	w, err := start()
	if err != nil {
		return err
	}
	calm := false
	defer func() {
		if !calm {
			takeAway(tty)
		}
		_ = term.Restore(int(tty.In.Fd()), before)
	}()
	err = d.serve(ctx, w)
	w.end()
	if calm = w.How() == nil && w.blame(nil) == nil; err == nil && !calm {
		err = w.broken()
	}
	if err == nil {
		err = d.err // what stood in place of a list
	}
	return err
}

// takeAway takes away what a process has drawn that could not do so any more. Where it had
// left its screen before, that is entered again: what was there before is not what is
// emptied.
func takeAway(tty *terminal.TTY) {
	_, rows := tty.Size()
	_, _ = tty.Out.WriteString("\x1b[?1049h" + screen.TakenAway(rows))
}

// scrubAfter is how long nothing is asked for, after what may have had values or keys in
// memory, before that is scrubbed: of what libraries have copied. Whoever presses keys
// meanwhile does not wait for it.
const scrubAfter = 100 * time.Millisecond

// leaves tells whether something of values or keys may be in memory after a request.
func leaves(q wire.Request) bool {
	switch q.Verb {
	case wire.View:
		return q.Name == wire.Environments || q.Name == wire.Conflicts // values are read for it
	case wire.Idle, wire.Lock:
		return true
	}
	return q.Verb.TakesTerminal() && q.Verb != wire.Suspend
}

// serve answers the screen until one of both ends.
func (d *desk) serve(ctx context.Context, w *drawer) error {
	runtime.LockOSThread() // whose registers are scrubbed
	defer runtime.UnlockOSThread()
	hangup := make(chan os.Signal, 1)
	if len(hangups) > 0 {
		signal.Notify(hangup, hangups...)
		defer signal.Stop(hangup)
	}
	setup := d.setup()
	place, rows := d.look(ctx, func(place wire.Place) { w.tell(wire.Message{Setup: setup, Place: &place}) })
	w.tell(wire.Message{Setup: setup, Place: &place})
	w.tellRows(rows)
	looks := time.NewTicker(lookEach)
	defer looks.Stop()
	scrubs := time.NewTimer(scrubAfter)
	scrubs.Stop() // until there is something
	defer scrubs.Stop()
	away, halted := false, 0
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-hangup:
			return context.Canceled
		case q, ok := <-w.requests:
			if !ok {
				return nil // how it ends, tells whether that was meant
			}
			if err := q.Check(); err != nil {
				return err
			}
			away = q.Verb == wire.Idle
			d.answer(ctx, w, q)
			if leaves(q) {
				scrubs.Reset(scrubAfter)
			}
		case <-scrubs.C:
			keyring.Scrub()
		case <-looks.C:
			if halted++; !stopped(w.Process) {
				halted = 0
			}
			if halted > 1 {
				_ = w.Kill()
				continue
			}
			if away {
				continue
			}
			if place, rows, is := d.changed(ctx); is {
				w.tell(wire.Message{Place: &place})
				w.tellRows(rows)
			}
		}
	}
}

// setup is what the screen has to know of the terminal.
func (d *desk) setup() *wire.Setup {
	setup := &wire.Setup{Style: int(frame.StyleOf(d.s, d.s.Out)), Slow: d.s.Env("SSH_TTY") != "", Mouse: d.o.mouse, IdleFor: int64(d.o.idle / time.Second)}
	if d.o.readOnly {
		setup.ReadOnly = "read-only, as --read-only has asked for"
	}
	return setup
}

// answer does what the screen asks for. A view stays as it is after a look at a value,
// unless somebody has changed the vault: to read it anew would read values again that were
// just wiped.
func (d *desk) answer(ctx context.Context, w *drawer, q wire.Request) {
	if q.View != "" {
		defer func() {
			if !q.Verb.Looks() || d.mark() != d.viewed {
				tellView(ctx, d, w, wire.Request{Verb: wire.View, Name: q.View})
			}
		}()
	}
	switch {
	case q.Verb.TakesTerminal():
		stop(w.Process)
		done := d.do(ctx, q)
		keyring.ScrubThread() // what was shown was wiped
		resume(w.Process)
		w.tell(wire.Message{Done: &done, Bye: ctx.Err() != nil})
		if ctx.Err() != nil {
			return
		}
	case q.Verb == wire.Idle:
		d.forget()
		return
	case q.Verb == wire.Lock:
		d.forget()
	case q.Verb == wire.View:
		known := len(d.groups) > 0
		tellView(ctx, d, w, q)
		if known || len(d.groups) == 0 {
			return // else there is a view more
		}
	case q.Verb == wire.Go:
		d.goTo(q.Version)
		d.seen = "" // whatever is there, it is read
	case q.Verb == wire.Secret:
		d.tellSecret(ctx, w, q.Name)
		return
	}
	if place, is := d.glance(ctx); is && q.Verb != wire.Again {
		w.tell(wire.Message{Place: &place})
		return
	}
	place, rows := d.look(ctx)
	w.tell(wire.Message{Place: &place})
	w.tellRows(rows)
	if q.Name != "" && q.View == "" && place.State == wire.Listed && (q.Verb == wire.Again || q.Verb.Writes()) {
		d.tellSecret(ctx, w, q.Name)
	}
}

// tellView tells what another view shows.
func tellView(ctx context.Context, d *desk, w *drawer, q wire.Request) {
	if ctx.Err() != nil || d.err != nil && q.Name != wire.Places {
		return // no name of a vault that shows no list
	}
	d.viewed = d.mark()
	for _, part := range d.view(ctx, q).Parts() {
		w.tell(wire.Message{Table: &part})
	}
}

// tellSecret tells of one secret, or what went wrong.
func (d *desk) tellSecret(ctx context.Context, w *drawer, name string) {
	secret, err := d.one(ctx, name)
	if err == nil {
		w.tell(wire.Message{Secret: &secret})
		more := secret // what is told is no longer ours
		if more.More = elsewhere(ctx, d, &more); more.More {
			w.tell(wire.Message{Secret: &more})
		}
		return
	}
	place := wire.Place{Where: d.where(), State: wire.Listed}
	d.err = err
	d.fails(&place, err)
	w.tell(wire.Message{Place: &place})
}
