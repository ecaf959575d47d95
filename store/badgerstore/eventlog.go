package badgerstore

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	badger "github.com/dgraph-io/badger/v4"
)

// eventLog is Badger's logger. Badger reports some failures nowhere else, a
// value log that cannot be synced among them; everything below an error is
// dropped.
type eventLog struct {
	mu      sync.Mutex // guards what follows
	err     error      // the newest
	n       int
	failed  error // the newest about memory that could not be written
	retries int

	patience time.Duration  // for a call, where not the usual one
	behind   sync.WaitGroup // calls that were left behind
}

var _ badger.Logger = (*eventLog)(nil)

// Errorf keeps the error. Its text can hold keys and file names, never values.
func (l *eventLog) Errorf(format string, args ...any) {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	if strings.HasPrefix(text, "Unable to read: ") || strings.HasPrefix(text, "Key: ") || strings.HasPrefix(text, "Invalid read: ") {
		return // what a read finds, its caller is told
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = errors.New(text)
	l.n++
	if reason, ok := strings.CutPrefix(text, flushFailed+": "); ok {
		l.failed = errors.New(strings.TrimSuffix(reason, ", retrying"))
		l.retries++
	}
}

// flushes returns how often memory could not be written, and the newest reason.
func (l *eventLog) flushes() (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.retries, l.failed
}

func (*eventLog) Warningf(string, ...any) {}
func (*eventLog) Infof(string, ...any)    {}
func (*eventLog) Debugf(string, ...any)   {}

// last returns how many errors there were, and the newest.
func (l *eventLog) last() (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n, l.err
}
