package liveperson

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// What goes over the socket of tacit liveperson, in both directions, is frames: a
// line of JSON, and as many bytes as that says, which are a whole settings.json.

const (
	maxFrameHead = 4 << 10  // bytes, the newline among them
	maxFrameBody = 64 << 20 // bytes: what package transfer takes
)

// ask is the head of what Node asks.
type ask struct {
	Op    string `json:"op"`   // "read", "write", or "done", which has no answer: the turn is over
	Turn  bool   `json:"turn"` // read: a write may follow at once
	Seen  uint64 `json:"seen"` // write: the read that it is based on; 0: none
	Bytes int    `json:"bytes"`
}

// answerHead is the head of what it is told.
type answerHead struct {
	Seen  uint64       `json:"seen,omitempty"` // of a read, to be given back with a write
	Error *answerError `json:"error,omitempty"`
	Bytes int          `json:"bytes"`
}

type answerError struct {
	Errno   string `json:"errno"` // as Node calls an error of a file
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

var errFrame = errors.New("not a frame")

// readAsk reads a frame. io.EOF where there is none; errFrame, wrapped, where it
// is none or over a limit. The body is the caller's to wipe.
func readAsk(r *bufio.Reader) (a ask, body []byte, err error) {
	line, err := r.ReadSlice('\n')
	switch {
	case err == io.EOF && len(line) == 0:
		return a, nil, io.EOF
	case err != nil:
		return a, nil, fmt.Errorf("%w: its head is cut off, or too long", errFrame)
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, nil, fmt.Errorf("%w: its head is not what it should be", errFrame)
	}
	if a.Bytes < 0 || a.Bytes > maxFrameBody {
		return a, nil, fmt.Errorf("%w: %d bytes are too many", errFrame, a.Bytes)
	}
	if body, err = io.ReadAll(io.LimitReader(r, int64(a.Bytes))); err == nil && len(body) < a.Bytes {
		err = fmt.Errorf("%w: it is cut off", errFrame)
	}
	return a, body, err
}

// writeAnswer writes a frame.
func writeAnswer(w io.Writer, t answerHead, body []byte) error {
	t.Bytes = len(body)
	head, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if _, err = w.Write(append(head, '\n')); err == nil {
		_, err = w.Write(body)
	}
	return err
}
