package qrcode

import (
	"rsc.io/qr"
)

// A Code is a QR code that is drawn cell by cell: dark on light, for both colours are set
// around it. Many readers refuse the inverse.
type Code struct {
	code  *qr.Code
	quiet int // modules of light around it
}

// Colours are black on white: what stands before a row of a code.
const Colours = "\x1b[30;47m"

// New is the code of a value, with the least correction of errors, which takes the least
// room. It keeps no copy of the value. A value is too long above 2,953 bytes.
func New(value []byte) (*Code, error) {
	code, err := encode(value, qr.L)
	if err != nil {
		return nil, err
	}
	return &Code{code, quietZone}, nil
}

// Fit chooses how much light is around the code on so many cells: what readers ask for,
// or less, which most take. It is false where the code has no room.
func (c *Code) Fit(columns, rows int) bool {
	for c.quiet = quietZone; c.quiet > 0; c.quiet-- {
		if w, h := c.Cells(); w <= columns && h <= rows {
			return true
		}
	}
	c.quiet = 1
	return false
}

// Cells is how many columns and rows the code takes: a module is half a cell high.
func (c *Code) Cells() (columns, rows int) {
	n := c.code.Size + 2*c.quiet
	return n, (n + 1) / 2
}

// Cell is what stands in a cell: a constant, so that no row is kept.
func (c *Code) Cell(column, row int) string {
	dark := func(x, y int) bool {
		return x >= 0 && y >= 0 && x < c.code.Size && y < c.code.Size && c.code.Black(x, y)
	}
	x, y := column-c.quiet, 2*row-c.quiet
	switch up, down := dark(x, y), dark(x, y+1); {
	case up && down:
		return "█"
	case up:
		return "▀"
	case down:
		return "▄"
	}
	return " "
}

// PNG is the code as a picture of eight pixels a module.
func (c *Code) PNG() []byte { return c.code.PNG() }

// Wipe wipes the code.
func (c *Code) Wipe() { clear(c.code.Bitmap) }
