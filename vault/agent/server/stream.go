package server

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// A stream is an answer of lines, each a JSON object. The last one says how it
// ended: with {"end":n} or {"report":…}, or with {"error":…}.
type stream struct {
	r *request

	mu       sync.Mutex // guards what is below: progress comes from several goroutines
	told     time.Time  // when progress was last told
	finished bool
}

func (r *request) stream() *stream { return &stream{r: r} }

// begin sends the header. From then on an error is a line.
func (st *stream) begin() {
	if !st.r.began {
		st.r.began, st.r.streams = true, true
		st.r.w.Header()["Content-Type"] = []string{"application/x-ndjson"}
	}
}

// line sends one object, which ends in a newline.
func (st *stream) line(b []byte) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.lineLocked(b)
}

func (st *stream) lineLocked(b []byte) error {
	st.begin()
	st.r.deadline()
	_, err := st.r.w.Write(b)
	return gone(err)
}

// object sends a line that holds no value.
func (st *stream) object(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return st.line(append(b, '\n'))
}

// last sends the line that ends the stream.
func (st *stream) last(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	body, rest := st.r.warned.member(append(b, '\n'))
	err = st.line(append(body, rest...))
	st.mu.Lock()
	defer st.mu.Unlock()
	st.finished = true
	return err
}

// pace is how often progress is told at most.
const pace = 100 * time.Millisecond

// progress tells how far it is, and forgets to where that would be too often.
func (st *stream) progress(done, total int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	now := time.Now()
	if st.finished || now.Sub(st.told) < pace && done < total {
		return
	}
	st.told = now
	b, _ := json.Marshal(wire.Progress{Done: done, Total: total}) // numbers: cannot fail
	if st.lineLocked(append(b, '\n')) == nil {
		http.NewResponseController(st.r.w).Flush()
	}
}

// infosLine is how many infos stand in one line.
const infosLine = 500

// infos sends what a batch has made, and the end.
func (st *stream) infos(infos []vault.Info) error {
	for rest := infos; len(rest) > 0; {
		n := min(infosLine, len(rest))
		if err := st.object(wire.Made{Infos: wire.InfosOf(rest[:n])}); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return st.last(wire.End{End: len(infos)})
}
