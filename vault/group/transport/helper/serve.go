package helper

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// Serve is the helper's side. It answers until in ends, which is no error, or says what
// it must not. open is called once. What is under way then is given up.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open func(ctx context.Context, address string) (transport.Transport, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	s := &server{ctx: ctx, out: bufio.NewWriter(out), open: open, stops: map[uint64]context.CancelFunc{}, places: make(chan struct{}, maxOpen)}
	defer func() {
		cancel()
		s.running.Wait()
		if s.transport != nil {
			transport.Close(s.transport)
		}
	}()
	if _, err := io.WriteString(out, greeting+"\n"); err != nil {
		return err
	}
	r := bufio.NewReaderSize(in, maxLine)
	for {
		q, err := readRequest(r)
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.take(q); err != nil {
			return err
		}
	}
}

// server is a helper that answers.
type server struct {
	ctx       context.Context
	open      func(ctx context.Context, address string) (transport.Transport, error)
	transport transport.Transport // set by the first request, before any other is taken

	writing sync.Mutex // guards out
	out     *bufio.Writer

	running sync.WaitGroup
	places  chan struct{} // one for each request under way

	mu    sync.Mutex // guards stops
	stops map[uint64]context.CancelFunc
}

// take begins to answer a request.
func (s *server) take(q request) error {
	switch {
	case q.verb == verbStop:
		s.mu.Lock()
		defer s.mu.Unlock()
		if stop := s.stops[q.id]; stop != nil {
			stop()
		}
		return nil
	case (q.verb == verbOpen) != (s.transport == nil):
		return fmt.Errorf("%w: open is the first request, and the only one", ErrProtocol)
	}
	s.mu.Lock()
	_, twice := s.stops[q.id]
	ctx, stop := context.WithCancel(s.ctx)
	s.stops[q.id] = stop
	s.mu.Unlock()
	if twice {
		stop()
		return fmt.Errorf("%w: two requests have one number", ErrProtocol)
	}
	if q.verb == verbOpen {
		t, err := s.open(ctx, q.words[0])
		s.transport = t
		s.reply(answerOf(q.id, nil, err))
		return err
	}
	s.places <- struct{}{}
	s.running.Go(func() {
		defer func() { <-s.places }()
		s.reply(s.do(ctx, q))
	})
	return nil
}

// reply ends a request.
func (s *server) reply(a answer) {
	s.mu.Lock()
	s.stops[a.id]()
	delete(s.stops, a.id)
	s.mu.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = a.write(s.out) // who does not read the answers closes in as well
}

// do asks the transport.
func (s *server) do(ctx context.Context, q request) answer {
	switch q.verb {
	case verbPut:
		return answerOf(q.id, nil, s.transport.Put(ctx, q.words[0], q.data, q.old))
	case verbGet:
		data, err := s.transport.Get(ctx, q.words[0])
		return answerOf(q.id, data, err)
	case verbList:
		keys, err := s.transport.List(ctx, q.words[0], q.words[1])
		return answerOf(q.id, lines(keys), err)
	case verbDel:
		return answerOf(q.id, nil, transport.Delete(ctx, s.transport, q.words[0]))
	default:
		return answerOf(q.id, nil, s.transport.Wait(ctx, q.words...))
	}
}

func answerOf(id uint64, data []byte, err error) answer {
	switch {
	case err == nil:
		return answer{word: wordOK, id: id, data: data}
	case errors.Is(err, transport.ErrNone):
		return answer{word: wordNone, id: id}
	case errors.Is(err, transport.ErrTaken):
		return answer{word: wordTaken, id: id}
	}
	return answer{word: wordError, id: id, err: err}
}

// lines are keys, each ended by a newline.
func lines(keys []string) []byte {
	if len(keys) == 0 {
		return nil
	}
	return []byte(strings.Join(keys, "\n") + "\n")
}
