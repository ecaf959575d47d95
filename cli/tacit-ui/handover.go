package main

import (
	"io"

	tea "charm.land/bubbletea/v2"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// A handover gives the terminal to tacit until a request is done. Meanwhile tacit stops
// this process: no frame falls upon what it shows.
type handover struct {
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

// SetStdin implements tea.ExecCommand.
func (*handover) SetStdin(io.Reader) {}

// SetStdout implements tea.ExecCommand.
func (*handover) SetStdout(io.Writer) {}

// SetStderr implements tea.ExecCommand.
func (*handover) SetStderr(io.Writer) {}
