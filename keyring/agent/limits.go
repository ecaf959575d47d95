package agent

import "time"

// limits bound what a client can make the agent hold and wait for.
type limits struct {
	header  int           // bytes of a request's header
	body    int64         // bytes of an ordinary request, and of one line of a batch
	batch   int64         // bytes of a batch
	changes int           // changes of a batch
	names   int           // names of one read
	conns   int           // connections that are served at a time
	backlog int           // connections that wait for that; a further one is turned away
	large   int           // bodies above largeBody that are in memory at a time
	waits   time.Duration // for the vault while it is yielded
	yield   time.Duration // a client may have the vault to itself
	drain   time.Duration // for requests under way, at the end

	headerTime, bodyTime, idleTime, writeTime time.Duration
}

// largeBody is the size, in bytes, from which on bodies take turns.
const largeBody = 64 << 10

func defaultLimits() limits {
	return limits{
		header: 16 << 10, body: 8 << 20, batch: 64 << 20, changes: 1_000_000, names: 1_000_000,
		conns: 64, backlog: 256, large: 4,
		waits: 10 * time.Second, yield: 10 * time.Minute, drain: 5 * time.Second,
		headerTime: 5 * time.Second, bodyTime: 30 * time.Second, idleTime: time.Minute, writeTime: 30 * time.Second,
	}
}
