// Command tacit-ui draws the screen of tacit ui. tacit starts it from its own folder and
// tells it names, labels and times, and never a value or a key: see package wire. It
// reads keys from the terminal and draws frames on it, and that is all that it does.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"github.com/tacit-vault/tacit/cli/ui/screen"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

func main() {
	harden()
	debug.SetGCPercent(20)           // much of a long list is garbage when it has come
	signal.Ignore(os.Interrupt)      // it is for tacit, which ends this by the end of its input
	for _, name := range traceable { // the library would write each frame to a file
		os.Unsetenv(name)
	}
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tacit-ui:", err)
		os.Exit(1)
	}
}

// traceable are the variables that make the library keep what it draws.
var traceable = []string{"TEA_TRACE", "TEA_DEBUG"}

// errAlone is for somebody who starts this.
var errAlone = errors.New("tacit starts this program: tacit ui")

// run talks to tacit and draws, until one of them ends.
func run(in, out *os.File) error {
	if term.IsTerminal(int(in.Fd())) {
		return errAlone
	}
	messages := wire.NewReader(in, wire.MaxMessage)
	if err := wire.WriteRequest(out, wire.Request{Verb: wire.Hello, Protocol: wire.Protocol, Build: wire.Build()}); err != nil {
		return err
	}
	first, err := messages.ReadMessage()
	if err == nil && first.Setup == nil {
		err = fmt.Errorf("%w: no setup comes first", wire.ErrProtocol)
	}
	if err != nil {
		return err
	}
	keys, frames, err := tea.OpenTTY()
	if err != nil {
		return err
	}
	return show(keys, frames, messages, out, first)
}

// Frames a second: the library draws no more of them.
const (
	frames     = 60
	slowFrames = 20
)

// show draws until tacit or a key ends it.
func show(keys, screenOut *os.File, messages *wire.Reader, requests io.Writer, first wire.Message) error {
	columns, rows, err := term.GetSize(int(screenOut.Fd()))
	if err != nil {
		return err
	}
	before, err := term.GetState(int(keys.Fd()))
	if err != nil {
		return err
	}
	out := &gate{File: screenOut, keys: keys, before: before}
	m := newModel(screen.New(columns, rows, time.Now()), requests, out)
	m.state.Take(first)
	fps := frames
	if first.Setup.Slow {
		fps = slowFrames
	}
	p := tea.NewProgram(m, tea.WithInput(keys), tea.WithOutput(out), tea.WithFPS(fps), tea.WithoutSignalHandler(), tea.WithFilter(sizeKnown(columns, rows)))
	end := make(chan os.Signal, 1)
	signal.Notify(end, ending...)
	go func() {
		<-end
		out.leave()
	}()
	go func() {
		listen(messages, m, p.Send)
		out.leave()
	}()
	_, err = p.Run()
	return err
}

// sizeKnown drops the library's first word on the size of the terminal, where that is the
// known one. It comes from a goroutine. Where it is late, names are on the screen by then,
// and the library erases them to draw them again. A terminal without another screen may
// keep what is erased, and nobody could take that away.
func sizeKnown(columns, rows int) func(tea.Model, tea.Msg) tea.Msg {
	first := true
	return func(_ tea.Model, msg tea.Msg) tea.Msg {
		size, ok := msg.(tea.WindowSizeMsg)
		if !ok || !first {
			return msg
		}
		if first = false; size.Width == columns && size.Height == rows {
			return nil
		}
		return msg
	}
}

// listen passes messages on, until there are no more. Those that end a request go to who
// waits for them, however many before them nobody takes meanwhile: while tacit has the
// terminal, the library takes none.
func listen(messages *wire.Reader, m *model, send func(tea.Msg)) {
	var waiting queue
	waiting.more = sync.NewCond(&waiting.mu)
	go func() {
		for {
			send(waiting.next())
		}
	}()
	for {
		message, err := messages.ReadMessage()
		switch {
		case err != nil:
			return
		case message.Done != nil:
			m.out.give(nobody)
			m.answers <- message
		default:
			waiting.add(message)
		}
	}
}

// A queue keeps messages in their order. tacit bounds how many there are.
type queue struct {
	mu   sync.Mutex // guards list
	more *sync.Cond
	list []wire.Message
}

func (q *queue) add(m wire.Message) {
	q.mu.Lock()
	q.list = append(q.list, m)
	q.mu.Unlock()
	q.more.Signal()
}

// next waits for the first.
func (q *queue) next() wire.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.list) == 0 {
		q.more.Wait()
	}
	m := q.list[0]
	q.list[0] = wire.Message{}
	q.list = q.list[1:]
	return m
}
