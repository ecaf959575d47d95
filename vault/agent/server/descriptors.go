package server

import "sync/atomic"

// A crowd is how many connections there are of a kind, and may be: each takes a
// descriptor, which the vault's files and the other kind need as well.
type crowd struct {
	most int32
	now  atomic.Int32
}

// enter counts a connection; false where there are too many.
func (c *crowd) enter() bool {
	if c.now.Add(1) > c.most {
		c.now.Add(-1)
		return false
	}
	return true
}

func (c *crowd) leave() { c.now.Add(-1) }

const (
	// ownDescriptors are those that an agent needs besides its connections: for the
	// vault's files, its sockets and their locks.
	ownDescriptors = 64 + 2*maxGrants
	// fewest connections of a kind are let in under any limit.
	fewest = 16
)

// crowds share out the descriptors that are left: one half is for the agent's own
// sockets, the other for all those that were made for less together.
func (l *limits) crowds(descriptors uint64, credentials int) (own, less *crowd) {
	if credentials > 0 {
		descriptors -= min(descriptors, uint64(l.own.conns+credentials))
	}
	half := int32(min(max(int64(min(descriptors, 1<<20))-ownDescriptors, 0)/2, 1<<16))
	half = max(half, fewest)
	return &crowd{most: half}, &crowd{most: half}
}
