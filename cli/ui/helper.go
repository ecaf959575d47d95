package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"syscall"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault/group/transport/helper"
)

// helperName is the program that draws, in the folder of this one.
const helperName = "tacit-ui"

// passed are the variables that it gets: what a terminal is, and what Windows needs to
// start a program.
var passed = [...]string{"TERM", "TERM_PROGRAM", "COLORTERM", "SSH_TTY", "WT_SESSION", "LANG", "LC_ALL", "LC_CTYPE", "SystemRoot"}

const (
	beginning = 30 * time.Second // how long it may take to begin, on a busy machine too
	patience  = 2 * time.Second  // and to read what it is told
	queued    = 1 << 10          // messages that it has not read
)

// A drawer is the process that draws.
type drawer struct {
	*helper.Child
	messages chan wire.Message // to it
	requests chan wire.Request // closed when it says no more

	mu    sync.Mutex // guards wrong
	wrong error      // the first that was wrong with what it said
}

// start starts it, and has it say hello. If this process ends, it is asked to, so that it
// leaves the screen.
func start() (*drawer, error) {
	program, err := helper.Beside(helperName)
	if err != nil {
		return nil, err
	}
	p, err := helper.Start(program, passed[:], syscall.SIGTERM)
	if err != nil {
		return nil, notStarted(program, err)
	}
	w := &drawer{Child: p, messages: make(chan wire.Message, queued), requests: make(chan wire.Request)}
	go w.read()
	go w.write()
	if !w.greets() {
		w.end()
		return nil, w.broken()
	}
	return w, nil
}

func notStarted(program string, err error) error {
	f := &failure.Failure{Code: "failed", Exit: failure.ExitOther, Message: fmt.Sprintf("starting %s: %v", program, failure.UnwrapPath(err)), Err: err}
	if errors.Is(err, fs.ErrNotExist) {
		f.Message = program + " is not installed, and it draws the screen"
	}
	return f.Hinted("install tacit with its helpers, all of one build; {tacit ls} needs none")
}

// greets waits for its first request.
func (w *drawer) greets() bool {
	select {
	case q, ok := <-w.requests:
		if !ok {
			break
		}
		err := wire.CheckHello(q, wire.Build())
		if err == nil {
			return true
		}
		w.blame(err)
	case <-time.After(beginning):
		w.blame(errors.New("it does not answer"))
	}
	return false
}

// broken says that it cannot be worked with, and why.
func (w *drawer) broken() error {
	f := &failure.Failure{Code: "failed", Exit: failure.ExitOther, Message: helperName + ", which draws the screen, has ended"}
	if err := w.blame(nil); err != nil {
		f.Message = helperName + ", which draws the screen, cannot be used"
		f.Detail = err.Error()
	} else if last := w.Last(); last != "" {
		f.Detail = last
	}
	return f.Hinted("install tacit with its helpers, all of one build; {tacit ls} needs none")
}

// read passes its requests on.
func (w *drawer) read() {
	defer w.Out.Close()
	defer close(w.requests)
	r := wire.NewReader(w.Out, wire.MaxRequest)
	for {
		q, err := r.ReadRequest()
		if errors.Is(err, wire.ErrProtocol) {
			w.blame(err)
		}
		if err != nil {
			return
		}
		select {
		case w.requests <- q:
		case <-w.Ended():
			return
		}
	}
}

// write passes messages on, and then ends its input: what it was told last, such as that
// it has the terminal again, it is to know before that.
func (w *drawer) write() {
	defer w.In.Close()
	for {
		select {
		case m, more := <-w.messages:
			if !more || wire.WriteMessage(w.In, m) != nil {
				return // its end says why
			}
		case <-w.Ended():
			return
		}
	}
}

// tell queues a message. One that is not read any more is dropped: whoever waits for it
// is about to be ended.
func (w *drawer) tell(m wire.Message) {
	select {
	case w.messages <- m:
	case <-w.Ended():
	case <-time.After(patience):
	}
}

// tellRows tells of all rows, in parts.
func (w *drawer) tellRows(rows []wire.Row) {
	for at := 0; at == 0 || at < len(rows); at += wire.PerMessage {
		to := min(at+wire.PerMessage, len(rows))
		w.tell(wire.Message{Rows: &wire.Rows{First: at == 0, Last: to == len(rows), Rows: rows[at:to]}})
	}
}

// end ends it: by the end of its input, then by force.
func (w *drawer) end() {
	close(w.messages)
	resume(w.Process)
	w.Await()
}

// blame remembers the first that was wrong with what it said, and returns that.
func (w *drawer) blame(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wrong == nil {
		w.wrong = err
	}
	return w.wrong
}
