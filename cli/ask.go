package cli

import (
	"context"
)

// progress begins something long, with a bar on Err.
func (s *session) progress(what string) *progress {
	return startProgress(s.Err, s.Now, what, s.json)
}

// terminal opens the terminal for a question; ok is false where there is none
// or the user wants none.
func (s *session) terminal() (tty *TTY, ok bool) {
	if s.noInput || s.TTY == nil {
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

// confirm asks yes or no; only a y or yes is yes. Where nobody can be asked it
// is a usage error: otherwise names the flag that answers.
func (s *session) confirm(ctx context.Context, otherwise, format string, args ...any) error {
	return s.confirmTyped(ctx, otherwise, "yes", format+" [y/N] ", args...)
}

// confirmTyped asks for a word to be typed as it is.
func (s *session) confirmTyped(ctx context.Context, otherwise, word, format string, args ...any) error {
	tty, ok := s.terminal()
	if !ok {
		return usage("this asks first, and there is nobody to ask").hinted("add %s if you are sure", otherwise)
	}
	defer tty.Close()
	return confirmOn(ctx, tty, word, format, args...)
}

// askable tells whether somebody can be asked.
func (s *session) askable() bool {
	tty, ok := s.terminal()
	if ok {
		tty.Close()
	}
	return ok
}
