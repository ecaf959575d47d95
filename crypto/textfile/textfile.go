// Package textfile reads text as editors and shells write it: with a byte order
// mark, or in UTF-16, as PowerShell's > does.
package textfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrUTF16 is text with the mark of UTF-16 that is none: an odd number of bytes, or
// half of a surrogate pair. UTF-32 is, too.
var ErrUTF16 = errors.New("not UTF-16, and its byte order mark says so")

// IsUTF16 tells whether data has the mark of UTF-16: UTF8 makes a copy of it.
func IsUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff})
}

// UTF8 is data without a byte order mark, in UTF-8 where the mark says that it is
// UTF-16; then it is a copy, and what is left of data is the caller's to wipe.
// Without a mark data is returned as it is: it may be anything.
func UTF8(data []byte) ([]byte, error) {
	if text, ok := bytes.CutPrefix(data, []byte("\ufeff")); ok {
		return text, nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	text, ok := bytes.CutPrefix(data, []byte{0xff, 0xfe})
	if !ok {
		order = binary.BigEndian
		text, ok = bytes.CutPrefix(data, []byte{0xfe, 0xff})
	}
	if !ok {
		return data, nil
	}
	if len(text)%2 != 0 {
		return nil, ErrUTF16
	}
	out := make([]byte, 0, len(text)/2*3) // three bytes at most of each unit
	for i := 0; i < len(text); i += 2 {
		r := rune(order.Uint16(text[i:]))
		if utf16.IsSurrogate(r) && i+4 <= len(text) {
			r = utf16.DecodeRune(r, rune(order.Uint16(text[i+2:])))
			i += 2
		}
		if r == 0 || r == utf8.RuneError || utf16.IsSurrogate(r) {
			clear(out)
			return nil, ErrUTF16
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}
