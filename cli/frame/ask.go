package frame

import (
	"context"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
)

// Progress begins something long, with a bar on Err, or in lines.
func (s *Session) Progress(what string) *terminal.Progress {
	p := terminal.StartProgress(s.Err, s.Now, what, s.JSON)
	if Linear(s) {
		p.AsLines()
	}
	return p
}

// Linear tells whether text may only follow text: for a screen reader, or on a terminal
// that moves no cursor.
func Linear(s *Session) bool { return s.Env("ACCESSIBLE") != "" || s.Env("TERM") == "dumb" }

// Terminal opens the terminal for a question; ok is false where there is none
// or the user wants none.
func (s *Session) Terminal() (tty *terminal.TTY, ok bool) {
	if s.NoInput || s.TTY == nil {
		return nil, false
	}
	tty, err := s.TTY()
	if err != nil {
		return nil, false
	}
	if kind := s.Env("TERM"); kind == "dumb" {
		tty.Plain = true
	}
	return tty, true
}

// Confirm asks yes or no; only a y or yes is yes. Where nobody can be asked it
// is a usage error: otherwise names the flag that answers.
func (s *Session) Confirm(ctx context.Context, otherwise, format string, args ...any) error {
	return s.ConfirmTyped(ctx, otherwise, "yes", format+" [y/N] ", args...)
}

// ConfirmTyped asks for a word to be typed as it is.
func (s *Session) ConfirmTyped(ctx context.Context, otherwise, word, format string, args ...any) error {
	s.Settle()
	tty, ok := s.Terminal()
	if !ok {
		return failure.Usage("this asks first, and there is nobody to ask").Hinted("add %s if you are sure", otherwise)
	}
	defer tty.Close()
	return terminal.ConfirmOn(ctx, tty, word, format, args...)
}

// Askable tells whether somebody can be asked.
func (s *Session) Askable() bool {
	tty, ok := s.Terminal()
	if ok {
		tty.Close()
	}
	return ok
}
