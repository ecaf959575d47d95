package secrets

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// pictures are one of each format that is read, of 37 by 21 pixels.
func pictures(t testing.TB) map[string][]byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 37, 21))
	var p, j bytes.Buffer
	if err := png.Encode(&p, img); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&j, img, nil); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"PNG": p.Bytes(), "JPEG": j.Bytes()}
}

func TestPictureFormat(t *testing.T) {
	var g bytes.Buffer
	if err := gif.Encode(&g, image.NewGray(image.Rect(0, 0, 1, 1)), nil); err != nil {
		t.Fatal(err)
	}
	for want, b := range pictures(t) {
		format, width, height, err := pictureSize(b)
		if format != want || width != 37 || height != 21 || err != nil {
			t.Errorf("%s: %s, %d by %d, %v", want, format, width, height, err)
		}
		if got, err := pictureFormat(b); got != want || err != nil {
			t.Errorf("%s: %s, %v", want, got, err)
		}
		if _, _, _, err := pictureSize(b[:22]); err == nil {
			t.Errorf("half a %s has a size", want)
		}
	}
	bomb := bytes.Clone(pictures(t)["PNG"])
	copy(bomb[16:], "\x00\x01\x00\x00\x00\x01\x00\x00")
	if _, err := pictureFormat(bomb); err == nil || !strings.Contains(err.Error(), "65536 by 65536 is too large") {
		t.Error(err)
	}
	for _, b := range [][]byte{nil, []byte("<svg/>"), g.Bytes(), []byte("\xff\xd8\xff"), []byte("\xff\xd8\xff\xe0\x00\x00\xff\xc0")} {
		if _, err := pictureFormat(b); err == nil {
			t.Errorf("%q is a picture", b)
		}
	}
}

func TestOneCode(t *testing.T) {
	for out, want := range map[string]string{"otpauth://x\n": "otpauth://x", "a\na\n": "a", "a\r\n": "a"} {
		if v, err := oneCode([]byte(out), "N"); err != nil || string(v.Reveal()) != want {
			t.Errorf("%q: %v", out, err)
		}
	}
	if _, err := oneCode([]byte("a\nb\n"), "N"); failure.Explain(err).Exit != failure.ExitInvalid {
		t.Errorf("two codes: %v", err)
	}
}

// FuzzPictureSize: what the standard library takes for a picture has the size that
// it says, and nothing panics.
func FuzzPictureSize(f *testing.F) {
	for _, b := range pictures(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		format, width, height, err := pictureSize(b)
		var config image.Config
		var theirs error
		switch format {
		case "PNG":
			config, theirs = png.DecodeConfig(bytes.NewReader(b))
		case "JPEG":
			config, theirs = jpeg.DecodeConfig(bytes.NewReader(b))
		default:
			return
		}
		if theirs == nil && err == nil && (uint32(config.Width) != width || uint32(config.Height) != height) {
			t.Fatalf("%d by %d, they say %d by %d", width, height, config.Width, config.Height)
		}
	})
}
