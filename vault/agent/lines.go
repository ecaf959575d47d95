package agent

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// lines reads an answer of lines to its end, and gives each to fn, which must not
// keep it, but for the one that says that it ended. An error of fn ends it, and so does
// the end of the context, though all that is left has arrived.
func (a *answer) lines(limit int, fn func(line []byte) error) error {
	r := bufio.NewReaderSize(a.resp.body, 64<<10)
	var long wire.Buffer
	defer func() { clear(long) }()
	for {
		line, err := nextLine(r, &long, limit)
		if err != nil {
			return a.broken(err)
		}
		last, err := take(line, fn)
		if last {
			a.c.warnings(line)
		} else if err == nil {
			err = a.ctx.Err()
		}
		clear(line)
		if !last && err == nil {
			continue
		}
		if !last {
			a.drop()
		} else if _, end := r.ReadByte(); end == io.EOF {
			a.done()
		} else {
			a.drop()
		}
		return err
	}
}

// take gives a line to fn, and tells whether it was the last one.
func take(line []byte, fn func([]byte) error) (last bool, err error) {
	switch {
	case bytes.HasPrefix(line, []byte(`{"end":`)):
		return true, nil
	case bytes.HasPrefix(line, []byte(`{"report":`)):
		return true, fn(line)
	case bytes.HasPrefix(line, []byte(`{"error":`)):
		var w wire.ErrorBody
		if json.Unmarshal(line, &w) != nil {
			return true, wire.ErrForm
		}
		return true, w.Error.Err()
	}
	return false, fn(line)
}

// nextLine reads a line. What is longer than the reader's buffer is put together
// in long.
func nextLine(r *bufio.Reader, long *wire.Buffer, limit int) ([]byte, error) {
	clear(*long)
	*long = (*long)[:0]
	for {
		part, err := r.ReadSlice('\n')
		if err == nil && len(*long) == 0 {
			return part, nil
		}
		long.Add(part)
		clear(part)
		switch {
		case len(*long) > limit:
			return nil, errTooLong
		case err == nil:
			return *long, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}
