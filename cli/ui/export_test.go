package ui

import (
	"context"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault/group/transport/helper"
)

// A Teller answers a screen that no process draws.
type Teller struct{ d *desk }

// NewTeller is a screen's other side for a session.
func NewTeller(s *frame.Session, rooms Rooms) Teller {
	return Teller{&desk{s: s, rooms: rooms, o: options{idle: defaultIdle}}}
}

// Begin is what the screen is told first.
func (t Teller) Begin(ctx context.Context) []wire.Message {
	place, rows := t.d.look(ctx)
	return said(func(w *drawer) {
		w.tell(wire.Message{Setup: t.d.setup(), Place: &place})
		w.tellRows(rows)
	})
}

// Answer is what it is told for a request that does not take the terminal.
func (t Teller) Answer(ctx context.Context, q wire.Request) []wire.Message {
	return said(func(w *drawer) { t.d.answer(ctx, w, q) })
}

// said are the messages that a drawer is told.
func said(tell func(*drawer)) (list []wire.Message) {
	w := &drawer{Child: &helper.Child{}, messages: make(chan wire.Message, queued)}
	tell(w)
	close(w.messages)
	for m := range w.messages {
		list = append(list, m)
	}
	return list
}
