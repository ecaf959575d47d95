package server

import (
	"sync"
	"time"
)

// life is how long an agent lives. Time is counted twice, by a clock that runs on
// while the machine sleeps and by the one on the wall, and whichever is further
// decides: a laptop that wakes up the next day has no agent left, and nor has one
// whose clock was put back.
type life struct {
	wall func() time.Time
	boot func() time.Duration
	ttl  time.Duration // 0: no limit
	idle time.Duration // 0: no limit

	mu    sync.Mutex // guards what is below
	born  instant
	used  instant
	under int // requests under way that are a use of the agent
}

type instant struct {
	wall time.Time
	boot time.Duration
}

func newLife(wall func() time.Time, boot func() time.Duration, ttl, idle time.Duration) *life {
	l := &life{wall: wall, boot: boot, ttl: ttl, idle: idle}
	l.born = l.now()
	l.used = l.born
	return l
}

func (l *life) now() instant { return instant{l.wall().Round(0), l.boot()} }

// since is how much time has passed, by the clock that says more.
func (l *life) since(now, then instant) time.Duration {
	return max(now.wall.Sub(then.wall), now.boot-then.boot)
}

// left is how much time is left, 0 or less where it is over. Without a limit it
// is a day.
func (l *life) left() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leftAt(l.now())
}

func (l *life) leftAt(now instant) time.Duration {
	left := 24 * time.Hour
	if l.ttl > 0 {
		left = min(left, l.ttl-l.since(now, l.born))
	}
	if l.idle > 0 && l.under == 0 {
		left = min(left, l.idle-l.since(now, l.used))
	}
	return left
}

// begin tells whether a request may begin. Each one that may must end. use says
// whether it counts as a use of the agent.
func (l *life) begin(use bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leftAt(l.now()) <= 0 {
		return false
	}
	if use {
		l.under++
	}
	return true
}

// unuse takes back that a request that has begun is a use of the agent.
func (l *life) unuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.under--
}

// end ends a request.
func (l *life) end(use bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if use {
		l.under--
		l.used = l.now()
	}
}

// expires is when the time limit is reached, zero where there is none.
func (l *life) expires() time.Time {
	if l.ttl == 0 {
		return time.Time{}
	}
	return l.born.wall.Add(l.ttl).UTC().Truncate(time.Second)
}
