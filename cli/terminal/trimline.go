package terminal

import (
	"bytes"
)

// TrimLine takes the end of the line, LF or CRLF, off a single line, and the byte
// order mark before it, so that `echo x | tacit set K` does what is meant whoever
// is echo. Text of several lines keeps every byte.
func TrimLine(raw []byte) []byte {
	i := bytes.IndexByte(raw, '\n')
	switch {
	case i >= 0 && i != len(raw)-1:
		return raw
	case i >= 0:
		raw = bytes.TrimSuffix(raw[:i], []byte("\r"))
	}
	return bytes.TrimPrefix(raw, []byte(ByteOrder))
}

// ByteOrder is the mark that some programs put before a text.
const ByteOrder = "\uFEFF"
