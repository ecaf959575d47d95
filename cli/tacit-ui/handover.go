package main

import (
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// A handover gives the terminal to tacit until a request is done. Meanwhile tacit stops
// this process: no frame falls upon what it shows.
type handover struct {
	nowhere
	m *model
	q wire.Request
	a wire.Message
}

var _ tea.ExecCommand = (*handover)(nil)

// handOver draws nothing, leaves the screen, and asks.
func (m *model) handOver(q wire.Request) tea.Cmd {
	m.blank = true
	h := &handover{m: m, q: q}
	return tea.Exec(h, func(err error) tea.Msg {
		if err != nil {
			return gone{}
		}
		return answered{h.a}
	})
}

// Run implements tea.ExecCommand. Should tacit end meanwhile, this process does.
func (h *handover) Run() error {
	time.Sleep(settle)
	to := theirs
	if h.q.Verb == wire.Suspend { // to the shell
		to = nobody
	}
	h.m.out.give(to)
	if err := wire.WriteRequest(h.m.requests, h.q); err != nil {
		return err
	}
	h.a = <-h.m.answers
	return nil
}

// The library stops its clock when the terminal is given away, in a goroutine that nobody
// waits for. Where that comes late, it stops the clock that was set going again meanwhile,
// and nothing is drawn any more (charmbracelet/bubbletea#1778). So it gets a moment, and
// it is looked whether something is drawn.
const (
	settle = time.Millisecond
	aFrame = time.Second / 4 // is drawn in this time, over a slow line too
	looked = 3               // times, before the clock is taken for stopped: a busy machine draws late
)

// frozen asks whether anything was drawn since there were so many writes, a number of times.
type frozen struct{ writes, left int }

// drawn looks whether what changes now is drawn.
func (m *model) drawn() tea.Cmd { return frozen{m.out.written(), looked}.later() }

func (f frozen) later() tea.Cmd {
	return tea.Tick(aFrame, func(time.Time) tea.Msg { return frozen{f.writes, f.left - 1} })
}

// A thaw gives the terminal away and takes it back, which sets the clock going.
type thaw struct{ nowhere }

var _ tea.ExecCommand = thaw{}

// Run implements tea.ExecCommand.
func (thaw) Run() error {
	time.Sleep(settle)
	return nil
}

// thawed is the frame that is drawn after it.
type thawed struct{}

// nowhere takes no streams.
type nowhere struct{}

// SetStdin implements tea.ExecCommand.
func (nowhere) SetStdin(io.Reader) {}

// SetStdout implements tea.ExecCommand.
func (nowhere) SetStdout(io.Writer) {}

// SetStderr implements tea.ExecCommand.
func (nowhere) SetStderr(io.Writer) {}
