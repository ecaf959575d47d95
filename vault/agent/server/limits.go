package server

import (
	"time"

	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// limits bound what a client can make the agent hold and wait for.
type limits struct {
	header  int           // bytes of a request's header
	body    int64         // bytes of an ordinary request, and of one line of a batch
	batch   int64         // bytes of a batch
	changes int           // changes of a batch
	names   int           // names of one read
	own     share         // of each socket of the agent's own
	less    share         // of each socket for less
	waits   time.Duration // for the vault while it is yielded
	turn    time.Duration // for the turn to hold much
	yield   time.Duration // a client may have the vault to itself
	drain   time.Duration // for requests under way, at the end
	look    time.Duration // between two looks at whether the sockets are where they were
	lost    time.Duration // the agent may be without its socket

	headerTime, bodyTime, idleTime, writeTime time.Duration
}

// A share is what a socket has for itself: what comes through one takes nothing
// from the others.
type share struct {
	conns   int // connections that are served at a time
	backlog int // connections that wait for that; a further one is turned away
	large   int // requests at a time that may hold more than largeBody in memory
}

// largeBody is the size, in bytes, from which on bodies and values take turns.
const largeBody = 64 << 10

func defaultLimits() limits {
	return limits{
		header: 16 << 10, body: 8 << 20, batch: wire.MaxBatch, changes: wire.MaxChanges, names: 1_000_000,
		own:   share{conns: 64, backlog: 256, large: 4},
		less:  share{conns: 16, backlog: 32, large: 2},
		waits: 10 * time.Second, turn: time.Minute, look: 2 * time.Second, lost: 10 * time.Second, yield: 10 * time.Minute, drain: 5 * time.Second,

		headerTime: 5 * time.Second, bodyTime: 30 * time.Second, idleTime: time.Minute, writeTime: 30 * time.Second,
	}
}
