package vault

import (
	"sync"
	"time"

	"github.com/tacit-vault/tacit/vault/anchor"
)

// marks syncs, a moment after a commit, what says of it that it was made. What is
// written ahead of the next commit says so too, and is synced before that: of
// many commits only the last needs it.
type marks struct {
	mu    sync.Mutex // guards what is below, and is held while it is synced
	last  *anchor.Pending
	timer *time.Timer
}

// markWait is for how long after a commit a loss of power leaves open whether it
// was made, if no other follows and the vault is not closed.
const markWait = 100 * time.Millisecond

func (m *marks) set(last *anchor.Pending) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = last
	if m.timer == nil {
		m.timer = time.AfterFunc(markWait, func() { m.sync() })
		return
	}
	m.timer.Reset(markWait)
}

// sync has nobody to tell that it failed but who closes the vault.
func (m *marks) sync() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		return nil
	}
	err := m.last.Sync()
	if err == nil {
		m.last = nil
	}
	return err
}

// flush syncs now, beside what the caller does meanwhile.
func (m *marks) flush() <-chan error {
	done := make(chan error, 1)
	m.mu.Lock()
	if m.timer != nil {
		m.timer.Stop()
	}
	none := m.last == nil
	m.mu.Unlock()
	if none {
		done <- nil
		return done
	}
	go func() { done <- m.sync() }()
	return done
}
