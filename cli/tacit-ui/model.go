package main

import (
	"io"
	"runtime/debug"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/ui/screen"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// A model is the screen's state, as the library wants it.
type model struct {
	state    *screen.State
	requests io.Writer
	answers  chan wire.Message // to requests that take the terminal
	out      *gate

	blank   bool // nothing is drawn: the screen is about to be left
	ticking bool // something counts down
	pressed time.Time
	idling  bool // the time without keys is looked at
}

var _ tea.Model = (*model)(nil)

func newModel(state *screen.State, requests io.Writer, out *gate) *model {
	return &model{state: state, requests: requests, out: out, answers: make(chan wire.Message, 1), pressed: time.Now()}
}

// What happens besides keys and messages.
type (
	gone     struct{}            // tacit has ended
	second   struct{ time.Time } // something counts down
	looks    struct{ time.Time } // whether somebody is there
	answered struct{ wire.Message }
)

// Init implements tea.Model.
func (m *model) Init() tea.Cmd { return m.idle() }

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	now := time.Now()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.state.Resize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		return m, m.press(nameOf(msg.String()), now)
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			return m, m.press("up", now)
		case tea.MouseWheelDown:
			return m, m.press("down", now)
		}
	case tea.PasteMsg:
		m.pressed = now
		m.state.Type(msg.Content)
	case wire.Message:
		m.state.Pass(now)
		m.state.Take(msg)
		if msg.Rows != nil && msg.Rows.Last {
			debug.FreeOSMemory() // what they came in
		}
		if msg.Bye {
			return m, m.quit()
		}
	case answered:
		m.blank, m.pressed = false, now
		m.state.Pass(now)
		m.state.Take(msg.Message)
		if msg.Bye {
			return m, m.quit()
		}
		return m, tea.Batch(m.count(), m.idle(), m.drawn())
	case frozen:
		switch {
		case m.blank || m.out.written() != msg.writes:
		case msg.left > 0:
			return m, msg.later()
		default:
			return m, tea.Exec(thaw{}, func(error) tea.Msg { return thawed{} })
		}
	case thawed:
		return m, m.drawn()
	case second:
		m.ticking = false
		m.state.Pass(msg.Time)
		return m, m.count()
	case looks:
		m.idling = false
		return m, m.look(now)
	case gone:
		return m, m.quit()
	}
	return m, nil
}

// nameOf is what the screen calls a key. Enter is a newline where it was pressed while
// somebody else had the terminal, as it was before.
func nameOf(key string) string {
	switch key {
	case " ":
		return "space"
	case "ctrl+j":
		return "enter"
	}
	return key
}

// press is a key.
func (m *model) press(key string, now time.Time) tea.Cmd {
	m.pressed = now
	m.state.Pass(now)
	action := m.state.Press(key)
	switch {
	case action.Quit:
		return m.quit()
	case action.Redraw:
		return tea.ClearScreen
	case action.Request.Verb == "":
		return nil
	case action.Request.Verb.TakesTerminal():
		return m.handOver(action.Request)
	}
	return m.ask(action.Request)
}

// ask asks for something that comes as a message.
func (m *model) ask(q wire.Request) tea.Cmd {
	if wire.WriteRequest(m.requests, q) != nil {
		return m.quit()
	}
	return nil
}

// quit draws nothing, and ends.
func (m *model) quit() tea.Cmd {
	m.blank = true
	return tea.Quit
}

// count draws a second less.
func (m *model) count() tea.Cmd {
	if m.ticking || !m.state.Pass(time.Now()) {
		return nil
	}
	m.ticking = true
	every := time.Second
	if m.state.Setup().Slow {
		every = 5 * time.Second
	}
	return tea.Tick(every, func(t time.Time) tea.Msg { return second{t} })
}

// idle looks whether somebody is there when nobody has pressed a key for long.
func (m *model) idle() tea.Cmd {
	after := time.Duration(m.state.Setup().IdleFor) * time.Second
	if m.idling || after <= 0 {
		return nil
	}
	m.idling = true
	return tea.Tick(max(time.Second, time.Until(m.pressed.Add(after))), func(t time.Time) tea.Msg { return looks{t} })
}

// look forgets the list where nobody is there.
func (m *model) look(now time.Time) tea.Cmd {
	if now.Before(m.pressed.Add(time.Duration(m.state.Setup().IdleFor) * time.Second)) {
		return m.idle()
	}
	m.state.Away()
	return m.ask(wire.Request{Verb: wire.Idle})
}

// View implements tea.Model.
func (m *model) View() tea.View {
	lines := m.state.Blank()
	if !m.blank {
		lines = m.state.Frame()
	}
	painted := make([]string, len(lines))
	for i, line := range lines {
		painted[i] = line.Paint(style.Style(m.state.Setup().Style))
	}
	v := tea.NewView(strings.Join(painted, "\n"))
	v.AltScreen = true
	if m.state.Setup().Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}
