package secrets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/curtain"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/otp"
)

// watchCode shows the codes of a key on a page of their own.
func watchCode(ctx context.Context, s *frame.Session, key otp.Key, o otpOptions) error {
	tty, err := frame.PageTerminal(s)
	if err != nil {
		return err
	}
	defer tty.Close()
	return o.show.Show(ctx, s, tty, &codeScene{title: o.name, key: key})
}

// A codeScene is a one-time password and the time that it has left.
type codeScene struct {
	title string
	key   otp.Key
	until time.Time // of the code that is drawn
}

var _ curtain.Scene = (*codeScene)(nil)

// barWidth is the width of the time that is left, in cells.
const barWidth = 20

// Foot is the time left, as a number and as a bar, and whether there is another code.
func (c *codeScene) Foot(now time.Time) (string, bool) {
	_, until := c.key.At(now)
	left, period := until.Sub(now), time.Duration(c.key.Period)*time.Second
	full := min(barWidth, int(left*barWidth/max(period, 1))+1)
	bar := strings.Repeat("#", full) + strings.Repeat(".", barWidth-full)
	return fmt.Sprintf("%2d s  %s    ", int((left+time.Second-1)/time.Second), bar), !until.Equal(c.until)
}

// Press takes the code away.
func (c *codeScene) Press(byte, string) bool { return false }

// Draw draws the code in groups, and the one that follows.
func (c *codeScene) Draw(p *curtain.Page, now time.Time) {
	code, until := c.key.At(now)
	next, _ := c.key.At(until)
	c.until = until
	p.Words(" " + c.title)
	for _, line := range []struct{ says, code string }{{"   ", code}, {"   next  ", next}} {
		p.Next()
		p.Next()
		p.Words(line.says)
		for i := range len(line.code) {
			if i > 0 && i == len(line.code)/2 {
				p.Words(" ")
			}
			p.Words(line.code[i : i+1])
		}
	}
}
