package agent

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// What our reader takes, net/http takes as well, and reads the same of it.
func FuzzResponse(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\nnext",
		"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nto the end",
		"HTTP/1.0 204 No\nX: y\n\n", "HTTP/1.1 200\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na", "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		ours, err := readResponse(bufio.NewReaderSize(bytes.NewReader(said), 4096))
		if err != nil {
			return
		}
		body, err := io.ReadAll(ours.body)
		if err != nil {
			return
		}
		theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(said)), &http.Request{Method: methodGet})
		if err != nil {
			// net/http checks what no agent says, and nobody here reads.
			if bytes.Contains(said, []byte("\x00")) || !strings.Contains(err.Error(), "malformed") {
				t.Skip()
			}
			return
		}
		same, err := io.ReadAll(theirs.Body)
		if err != nil || !bytes.Equal(body, same) || ours.status != theirs.StatusCode {
			t.Errorf("%d %q, and of net/http %d %q, %v", ours.status, body, theirs.StatusCode, same, err)
		}
		if !ours.last && theirs.Close {
			t.Error("the connection ends, and is taken for one that stays")
		}
	})
}

func TestResponse(t *testing.T) {
	for said, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd":                                          "abc",
		"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nrest": "abcde",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc":                                           "unexpected EOF",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n":                         "unexpected EOF",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n":               "not HTTP",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n":                                        "not HTTP",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n":                                             "not HTTP",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na":                        "not HTTP",
		"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 5000) + "\r\n\r\n":                           "too long",
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 20000) + "\r\n":                          "too long",
		"HTTP/2 200 OK\r\n\r\n": "not HTTP",
		"":                      "unexpected EOF",
	} {
		resp, err := readResponse(bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(said)), 4096))
		var body []byte
		if err == nil {
			body, err = io.ReadAll(resp.body)
		}
		if err == nil && string(body) != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %q, %v", said, body, err)
		}
		if want == "unexpected EOF" && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%.60q: %v", said, err)
		}
	}
}
