package qrcode

import (
	"strings"
	"testing"

	"rsc.io/qr"
)

// What is shown on the terminal is the code, module by module, and has the light
// border that a reader looks for.
func TestQR(t *testing.T) {
	text := "one-two-three-four-five-six-seven-eight-nine-ten"
	want, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := Draw([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(shown, "\n"), "\n")
	if len(lines) != (want.Size+2*quietZone+1)/2 {
		t.Errorf("%d lines for %d modules", len(lines), want.Size)
	}
	for i, line := range lines {
		cells := []rune(line)
		if len(cells) != want.Size+2*quietZone {
			t.Fatalf("line %d has %d characters", i, len(cells))
		}
		for j, cell := range cells {
			x, y := j-quietZone, 2*i-quietZone
			up, down := !strings.ContainsRune("█▀", cell), !strings.ContainsRune("█▄", cell)
			if up != black(want, x, y) || down != black(want, x, y+1) {
				t.Fatalf("at %d, %d there is %q", x, y, cell)
			}
		}
	}
	if _, err := Draw([]byte(strings.Repeat("x", 3000))); err == nil {
		t.Error("a text that is too long has a code")
	}
}

func black(c *qr.Code, x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size && y < c.Size && c.Black(x, y)
}
