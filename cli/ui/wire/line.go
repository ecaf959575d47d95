package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Limits of a line, its newline included.
const (
	MaxMessage = 1 << 20 // of what tacit writes
	MaxRequest = 4 << 10 // of what tacit reads
)

// ErrProtocol is wrapped by errors for a line that is none of this protocol's.
var ErrProtocol = errors.New("no line of the screen's protocol")

// A Reader reads lines.
type Reader struct {
	r    *bufio.Reader
	most int
}

// NewReader reads lines of at most so many bytes.
func NewReader(r io.Reader, most int) *Reader { return &Reader{bufio.NewReaderSize(r, most), most} }

// read decodes the next line. At the end of the stream it returns io.EOF.
func (r *Reader) read(into any) error {
	line, err := r.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("%w: longer than %d bytes", ErrProtocol, r.most)
	case err == io.EOF && len(line) > 0:
		return fmt.Errorf("%w: it has no end", ErrProtocol)
	case err != nil:
		return err
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %v", ErrProtocol, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: something is behind the object", ErrProtocol)
	}
	return nil
}

// write writes an object as a line.
func write(w io.Writer, v any, most int) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(line) >= most {
		return fmt.Errorf("%w: longer than %d bytes", ErrProtocol, most)
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
