package curtain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
)

// A Scene is what is shown.
type Scene interface {
	// Draw draws what is shown at a time, from the top.
	Draw(p *Page, now time.Time)
	// Foot is the beginning of the last line; it holds no secret. again tells that the
	// rest is to be drawn again.
	Foot(now time.Time) (text string, again bool)
	// Press takes a key. Where it means nothing here, the value is taken away.
	Press(key byte, rest string) (stays bool)
}

// Limits of how long a value is shown.
const (
	DefaultFor = 30 * time.Second
	MostFor    = time.Hour
)

// Escape begins what a key sends that is no character.
const Escape = 0x1b

// A Curtain shows scenes on a terminal.
type Curtain struct {
	TTY   *terminal.TTY
	For   time.Duration // how long
	Every time.Duration // how often the time left is drawn; 0: each second
	Now   func() time.Time
}

// Refuse is an error where a terminal cannot take a value back.
func Refuse(env func(string) string) error {
	if env("TERM") != "dumb" && env("TERM") != "" && env("ACCESSIBLE") == "" {
		return nil
	}
	return failure.Usage("this terminal cannot take back what it has shown").Hinted("{tacit get NAME} prints a value, and {tacit copy NAME} copies it")
}

// Show shows a scene until a key takes it away, its time is over, a signal comes or the
// terminal changes its size. It returns the context's error where that has ended.
func (c Curtain) Show(ctx context.Context, scene Scene) (err error) {
	hold, err := terminal.TakeOver(ctx, c.TTY)
	if err != nil {
		return err
	}
	defer hold.Release()
	page := newPage(c.TTY.Size())
	defer func() {
		columns, rows := c.TTY.Size()
		page.erase(c.TTY.Out, columns, rows)
	}()
	if _, err := io.WriteString(c.TTY.Out, enter); err != nil {
		return fmt.Errorf("drawing on the terminal: %w", err)
	}
	every := c.Every
	if every <= 0 {
		every = time.Second
	}
	end := c.Now().Add(c.For)
	for again := true; ; {
		now := c.Now()
		left := end.Sub(now)
		if left <= 0 {
			return nil
		}
		if err := c.draw(page, scene, now, left, again); err != nil {
			return err
		}
		again = false
		key, ok, err := hold.Await(min(left, every))
		switch {
		case errors.Is(err, terminal.ErrWoken):
			return ctx.Err()
		case err != nil:
			return err
		case !ok:
			continue
		}
		rest := ""
		if key == Escape {
			rest = hold.Rest()
		}
		if again = scene.Press(key, rest); !again {
			return nil
		}
		end = c.Now().Add(c.For) // who presses keys looks at it
	}
}

// draw draws the scene where it has changed, and always the last line.
func (c Curtain) draw(page *Page, scene Scene, now time.Time, left time.Duration, all bool) error {
	foot, again := scene.Foot(now)
	page.begin()
	if all || again {
		scene.Draw(page, now)
		for row := page.row + 1; row < page.Rows-1; row++ {
			page.at(row)
		}
	} else {
		page.buf = page.buf[:0]
	}
	page.at(page.Rows - 1)
	page.Marks("\x1b[0m")
	page.Words(fmt.Sprintf(" %shidden in %d s, or at any key", foot, int((left+time.Second-1)/time.Second)))
	if err := page.send(c.TTY.Out); err != nil {
		return fmt.Errorf("drawing on the terminal: %w", err)
	}
	return nil
}
