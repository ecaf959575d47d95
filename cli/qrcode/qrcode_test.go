package qrcode

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"rsc.io/qr"
	"rsc.io/qr/coding"
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

// A code for a page is dark on light, as small as it has to be, and the code.
func TestCode(t *testing.T) {
	value := []byte(strings.Repeat("x", 134)) // as much as 80 by 24 cells hold
	want, err := qr.Encode(string(value), qr.L)
	if err != nil {
		t.Fatal(err)
	}
	code, err := New(value)
	if err != nil || !code.Fit(80, 22) {
		t.Fatalf("134 bytes do not fit: %v", err)
	}
	columns, rows := code.Cells()
	if columns > 80 || rows > 22 {
		t.Errorf("%d by %d cells", columns, rows)
	}
	for row := range rows {
		for column := range columns {
			x, y := column-code.quiet, 2*row-code.quiet
			cell := code.Cell(column, row)
			if up, down := strings.Contains("█▀", cell), strings.Contains("█▄", cell); up != black(want, x, y) || down != black(want, x, y+1) {
				t.Fatalf("at %d, %d there is %q", x, y, cell)
			}
		}
	}
	if code, _ := New(append(value, 'x')); code.Fit(80, 22) {
		t.Error("135 bytes fit")
	}
	if code, _ := New([]byte("x")); !code.Fit(80, 22) || code.quiet != quietZone {
		t.Error("a small code has not all the light that it could have")
	}
	if _, err := New(make([]byte, 3000)); err == nil {
		t.Error("3,000 bytes have a code")
	}
	if code.Wipe(); strings.Contains(fmt.Sprint(code.code.Bitmap), "1") {
		t.Error("it is not wiped")
	}
}

// What is made here is what the library makes, of all kinds of values.
func TestEncode(t *testing.T) {
	for _, value := range []string{"", "0", "0123456789", "ABC $%*+-./:19", "ABC\n", "lower", "\xff\x00", strings.Repeat("7", 7089), strings.Repeat("A", 4296), strings.Repeat("é", 1000)} {
		for _, level := range []qr.Level{qr.L, qr.M} {
			want, wrong := qr.Encode(value, level)
			got, err := encode([]byte(value), level)
			if (err == nil) != (wrong == nil) {
				t.Errorf("%.20q, %d: %v, and of the library %v", value, level, err, wrong)
			} else if err == nil && (got.Size != want.Size || got.Stride != want.Stride || !bytes.Equal(got.Bitmap, want.Bitmap)) {
				t.Errorf("%.20q, %d: another code", value, level)
			}
		}
	}
}

// The bits of a value are wiped, which are the value but for where its bytes begin.
func TestEncodeWipes(t *testing.T) {
	value := []byte(strings.Repeat("canary", 400))
	e := &wiped{Encoding: encodingOf(value, string(value)), level: coding.Level(qr.L)}
	var b coding.Bits
	e.Encode(&b, coding.MaxVersion)
	b.AddCheckBytes(coding.MaxVersion, e.level)
	if written := b.Bytes(); &written[0] != &e.bits[0] || len(written) > len(e.bits) {
		t.Error("they were moved")
	}
}
