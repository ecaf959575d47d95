package secrets

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// A picture is given to another program, which unpacks it: what it says of itself
// is looked at first.
const (
	maxPicture = 32 << 20  // bytes of a file: a photograph has some 10
	maxPixels  = 100 << 20 // of a picture: a screen has 8 million, a camera 50
)

// qrTool reads QR codes. The libraries for it that there are in Go are no longer
// kept, or cost every command milliseconds at its start.
const qrTool = "zbarimg"

// qrValue is the text of the one QR code in a picture. "-" is standard input.
func qrValue(ctx context.Context, s *frame.Session, path, name string) (vault.Value, error) {
	picture, err := readPicture(ctx, s, path, name)
	defer clear(picture)
	if err != nil {
		return vault.Value{}, err
	}
	format, err := pictureFormat(picture)
	if err != nil {
		return vault.Value{}, failure.Fault(vault.InvalidValue, "%s: %v", name, err)
	}
	t := frame.Tool{
		Name: qrTool, Most: frame.MaxInput,
		Without: "install it (zbar-tools, or zbar), or give the secret as text: {tacit set " + name + " --otp}",
		// The format is named, so that nothing else is tried on the bytes; and what
		// is read is not for the bus, where zbarimg tells it everybody.
		Args: []string{"--quiet", "--nodbus", "--raw", "-Sdisable", "-Sqrcode.enable", format + ":-"},
		Env:  []string{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=/dev/null"},
		Known: func(_ string, status int) *failure.Failure {
			if status != 4 { // zbarimg's: it has found none
				return nil
			}
			return failure.Fault(vault.InvalidValue, "%s: there is no QR code in the picture that can be read", name).
				Hinted("a sharper picture, of the code alone; or the secret as text: {tacit set %s --otp}", name)
		},
	}
	out, err := t.Run(ctx, s, bytes.NewReader(picture), "set "+name)
	defer clear(out)
	if err != nil {
		return vault.Value{}, err
	}
	return oneCode(out, name)
}

// oneCode takes the code out of what zbarimg prints, a line each.
func oneCode(out []byte, name string) (vault.Value, error) {
	var code []byte
	for line := range bytes.SplitSeq(bytes.TrimSpace(out), []byte("\n")) {
		line = bytes.TrimSpace(line)
		switch {
		case code == nil:
			code = line
		case !bytes.Equal(code, line):
			return vault.Value{}, failure.Fault(vault.InvalidValue, "%s: there is more than one QR code in the picture", name).
				Hinted("a picture of one code only")
		}
	}
	return vault.TextOf(code), nil
}

func readPicture(ctx context.Context, s *frame.Session, path, name string) ([]byte, error) {
	in := s.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, failure.FileError("reading", path, err)
		}
		defer f.Close()
		in = f
	} else if terminal.IsTerminal(s.In) {
		return nil, failure.Usage("--qr-file -: standard input is a terminal").Hinted("--qr-file FILE")
	}
	raw, err := terminal.ReadUpTo(ctx, in, maxPicture+1)
	switch {
	case ctx.Err() != nil:
		return raw, ctx.Err()
	case err != nil:
		return raw, failure.FileError("reading", path, err)
	case len(raw) > maxPicture:
		return raw, failure.Fault(vault.InvalidValue, "%s: the picture is larger than %d MiB", name, maxPicture>>20).Hinted("cut out the QR code")
	}
	return raw, nil
}

// pictureFormat tells what a picture is, as zbarimg's reader calls it, and refuses
// one that is larger than any picture of a code.
func pictureFormat(b []byte) (string, error) {
	format, width, height, err := pictureSize(b)
	switch {
	case err != nil:
		return "", err
	case uint64(width)*uint64(height) > maxPixels:
		return "", fmt.Errorf("a picture of %d by %d is too large", width, height)
	}
	return format, nil
}
