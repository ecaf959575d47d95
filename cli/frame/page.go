package frame

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/curtain"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
)

// ShowFor is how long a value is shown on a page of its own.
type ShowFor struct{ stays time.Duration }

// Flag is --show-for.
func (f *ShowFor) Flag() urfave.Flag {
	return &urfave.DurationFlag{Name: "show-for", Value: curtain.DefaultFor, Usage: "erase what is shown after a `DURATION`", Destination: &f.stays}
}

// Check refuses no time, and more than somebody looks at a value.
func (f ShowFor) Check() error {
	if f.stays < time.Second || f.stays > curtain.MostFor {
		return failure.Usage("--show-for takes one second to one hour, not %s", f.stays).Hinted("--show-for 30s")
	}
	return nil
}

// String is the time, as the flag takes it.
func (f ShowFor) String() string { return f.stays.String() }

// PageTerminal opens a terminal that can take back what it has shown.
func PageTerminal(s *Session) (*terminal.TTY, error) {
	if err := curtain.Refuse(s.Env); err != nil {
		return nil, err
	}
	s.Settle()
	tty, ok := s.Terminal()
	if !ok {
		return nil, failure.Usage("there is no terminal to show a page on").Hinted("{tacit get NAME} prints a value")
	}
	return tty, nil
}

// Show shows a scene on a page of its own, and takes it away. Over ssh the time that is
// left is drawn each five seconds.
func (f ShowFor) Show(ctx context.Context, s *Session, tty *terminal.TTY, scene curtain.Scene) error {
	c := curtain.Curtain{TTY: tty, For: f.stays, Every: time.Second, Now: s.Now}
	if s.Env("SSH_TTY") != "" {
		c.Every = 5 * time.Second
	}
	return c.Show(ctx, scene)
}
