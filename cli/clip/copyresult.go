package clip

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/frame"
)

// CopyFlag is -c, of commands that make something that may be wanted at once.
func CopyFlag(copies *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "copy", Aliases: []string{"c"}, Usage: "copy it to the clipboard, which is cleared after 45 seconds", Destination: copies}
}

// madeStays is how long it stays on the clipboard: as long as with tacit copy.
const madeStays = 45 * time.Second

// CopyVersion copies a version of a secret as tacit copy does; 0 is the current one.
func CopyVersion(ctx context.Context, s *frame.Session, name string, version uint64) error {
	return runCopy(ctx, s, copyOptions{name: name, at: version, clear: madeStays.String()})
}

// ClipboardFor finds the clipboard before anything is made, where one is wanted.
func ClipboardFor(ctx context.Context, s *frame.Session, wanted bool) (c clipboard, err error) {
	if wanted {
		c, err = findClipboard(ctx, s, "")
	}
	return c, err
}

// CopyResult copies what a command has made. Under --json nothing is said of it: the
// command has its own to say.
func CopyResult(ctx context.Context, s *frame.Session, c clipboard, name, value string) error {
	if _, err := putOnClipboard(ctx, s, c, []byte(value), madeStays); err != nil {
		return err
	}
	if s.JSON {
		return nil
	}
	return copied(s, copyJSON{Name: name, With: c.Name, Clear: madeStays.String()})
}
