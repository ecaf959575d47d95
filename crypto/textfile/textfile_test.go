package textfile_test

import (
	"encoding/binary"
	"errors"
	"testing"
	"unicode/utf16"

	"github.com/tacit-vault/tacit/crypto/textfile"
)

func in16(text string, order binary.AppendByteOrder) (b []byte) {
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

func TestUTF8(t *testing.T) {
	const text = "A=ü€𝄞\r\n"
	for _, data := range []string{
		text, "\ufeff" + text, string(in16(text, binary.LittleEndian)), string(in16(text, binary.BigEndian)),
	} {
		if got, err := textfile.UTF8([]byte(data)); err != nil || string(got) != text {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
	for _, data := range []string{"\xff\xfea", "\xff\xfe\x00\xd8", "\xff\xfe\x00\xd8a\x00", "\xff\xfe\x00\xdc", "\xff\xfe\x00\x00a\x00\x00\x00"} {
		if got, err := textfile.UTF8([]byte(data)); !errors.Is(err, textfile.ErrUTF16) {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
	if got, err := textfile.UTF8([]byte("\xc3\x28")); err != nil || string(got) != "\xc3\x28" {
		t.Errorf("without a mark: %q, %v", got, err)
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte("\xfe\xff\xd8\x34\xdd\x1e"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := textfile.UTF8(data); err == nil && len(got) > 3*len(data) {
			t.Errorf("%d bytes of %d", len(got), len(data))
		}
	})
}
