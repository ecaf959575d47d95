// Package qrcode draws a text as a QR code on a terminal.
package qrcode

import (
	"strings"

	"rsc.io/qr"
)

// quietZone is the light border that a reader needs around a code, in modules.
const quietZone = 4

// Draw is a text as a QR code for a terminal, light on dark: two modules in each
// character, a quiet zone around it. A text is too long above some 2,900 bytes.
func Draw(text []byte) (string, error) {
	code, err := encode(text, qr.M)
	if err != nil {
		return "", err
	}
	dark := func(x, y int) bool {
		return x >= 0 && y >= 0 && x < code.Size && y < code.Size && code.Black(x, y)
	}
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		for x := -quietZone; x < code.Size+quietZone; x++ {
			switch up, down := dark(x, y), dark(x, y+1); {
			case up && down:
				b.WriteByte(' ')
			case up:
				b.WriteString("▄")
			case down:
				b.WriteString("▀")
			default:
				b.WriteString("█")
			}
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}
