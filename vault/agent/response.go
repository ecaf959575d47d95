package agent

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// The methods of the API.
const (
	methodGet    = "GET"
	methodPut    = "PUT"
	methodPost   = "POST"
	methodPatch  = "PATCH"
	methodDelete = "DELETE"
)

// maxHead is the longest head of an answer, in bytes.
const maxHead = 64 << 10

var (
	errTooLong = errors.New("the agent's answer is too long")
	errHTTP    = errors.New("the agent's answer is not HTTP/1.1")
)

// A response is the head of an answer, and the reader of its body. It is read here
// and not by net/http, whose start takes a tenth of a command's time: of HTTP/1.1
// it knows what an agent says, and refuses anything else. RFC 9112.
type response struct {
	status int
	reason string // "404 Not Found"
	length int64  // of the body, in bytes; -1: not said before
	last   bool   // the connection ends with it
	body   io.Reader
}

// readResponse reads the head of an answer. Nothing at all is
// io.ErrUnexpectedEOF.
func readResponse(r *bufio.Reader) (*response, error) {
	left := maxHead
	line, err := headLine(r, &left)
	if err != nil {
		return nil, err
	}
	version, reason, _ := bytes.Cut(line, []byte(" "))
	resp := &response{reason: string(reason), length: -1}
	code, _, _ := bytes.Cut(reason, []byte(" "))
	if string(version) != "HTTP/1.1" {
		return nil, errHTTP
	}
	if resp.status, err = strconv.Atoi(string(code)); err != nil || len(code) != 3 || resp.status < 200 {
		return nil, errHTTP
	}
	chunked, err := resp.fields(r, &left)
	if err != nil {
		return nil, err
	}
	switch {
	case chunked:
		resp.body = &chunks{r: r}
	case resp.status == 204 || resp.status == 304:
		resp.length, resp.body = 0, io.LimitReader(r, 0)
	case resp.length >= 0:
		resp.body = &exactly{r, resp.length}
	default:
		resp.last, resp.body = true, r
	}
	return resp, nil
}

// fields reads the lines of the head that follow the first, up to the empty one.
func (resp *response) fields(r *bufio.Reader, left *int) (chunked bool, err error) {
	for {
		line, err := headLine(r, left)
		if err != nil || len(line) == 0 {
			return chunked, err
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		value = bytes.Trim(value, " \t")
		switch {
		case !ok || len(name) == 0 || bytes.ContainsAny(name, " \t"):
			return false, errHTTP
		case bytes.EqualFold(name, []byte("Content-Length")):
			n, err := strconv.ParseUint(string(value), 10, 63)
			if err != nil || chunked || resp.length >= 0 {
				return false, errHTTP
			}
			resp.length = int64(n)
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			if !bytes.EqualFold(value, []byte("chunked")) || chunked || resp.length >= 0 {
				return false, errHTTP
			}
			chunked = true
		case bytes.EqualFold(name, []byte("Connection")):
			resp.last = resp.last || bytes.EqualFold(value, []byte("close"))
		}
	}
}

// headLine reads a line of a head without its end. It is valid until the next.
func headLine(r *bufio.Reader, left *int) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	*left -= len(line)
	switch {
	case errors.Is(err, bufio.ErrBufferFull), *left < 0:
		return nil, errTooLong
	case errors.Is(err, io.EOF):
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	}
	line, ended := bytes.CutSuffix(line, []byte("\r\n"))
	if !ended {
		return nil, errHTTP
	}
	return line, nil
}

// exactly reads a body whose length was said before.
type exactly struct {
	r    io.Reader
	left int64 // bytes
}

func (e *exactly) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(b[:min(int64(len(b)), e.left)])
	e.left -= int64(n)
	if err == io.EOF && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// chunks reads a body that comes in pieces, each with its length before it, and an
// empty one at the end.
type chunks struct {
	r     *bufio.Reader
	left  uint64 // bytes of this piece
	begun bool
	err   error
}

func (c *chunks) Read(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, nil
	}
	if c.left == 0 && c.err == nil {
		c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, c.err = c.r.Read(b[:min(uint64(len(b)), c.left)])
	c.left -= uint64(n)
	if c.err == io.EOF {
		c.err = io.ErrUnexpectedEOF
	}
	if n > 0 {
		return n, nil // an error comes back at the next call
	}
	return 0, c.err
}

// next reads up to the first byte of the next piece; io.EOF where there is none.
func (c *chunks) next() error {
	left := maxHead
	if c.begun {
		if line, err := headLine(c.r, &left); err != nil || len(line) > 0 {
			return errors.Join(errHTTP, err)
		}
	}
	c.begun = true
	line, err := headLine(c.r, &left)
	if err != nil {
		return err
	}
	size, _, _ := bytes.Cut(line, []byte(";"))
	if c.left, err = strconv.ParseUint(string(bytes.TrimRight(size, " \t")), 16, 63); err != nil {
		return fmt.Errorf("%w: the size of a piece", errHTTP)
	}
	if c.left > 0 {
		return nil
	}
	if line, err := headLine(c.r, &left); err != nil || len(line) > 0 { // an agent has nothing to add
		return errors.Join(errHTTP, err)
	}
	return io.EOF
}
