package cli

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"
)

// copyFlag is -c, of commands that make something that may be wanted at once.
func copyFlag(copies *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "copy", Aliases: []string{"c"}, Usage: "copy it to the clipboard, which is cleared after 45 seconds", Destination: copies}
}

// madeStays is how long it stays on the clipboard: as long as with tacit copy.
const madeStays = 45 * time.Second

// clipboardFor finds the clipboard before anything is made, where one is wanted.
func (s *session) clipboardFor(ctx context.Context, wanted bool) (c clipboard, err error) {
	if wanted {
		c, err = s.findClipboard(ctx, "")
	}
	return c, err
}

// copyMade copies what a command has made. Under --json nothing is said of it: the
// command has its own to say.
func (s *session) copyMade(ctx context.Context, c clipboard, name, value string) error {
	if _, err := s.place(ctx, c, []byte(value), madeStays); err != nil {
		return err
	}
	if s.json {
		return nil
	}
	return s.copied(copyJSON{Name: name, With: c.Name, Clear: madeStays.String()})
}
