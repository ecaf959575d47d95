package server

import (
	"strings"
	"sync"

	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// A scope is what is known of one socket: what it is for, and which names were
// used through it.
type scope struct {
	grant    wire.Grant
	main     bool // the agent's own socket: to lock it ends the agent
	listener *listener

	mu    sync.Mutex // guards what is below
	used  map[string]struct{}
	order []string
}

// over tells whether a socket for less was closed: who was let in before has no
// more rights than who comes now.
func (sc *scope) over() bool {
	if sc.main {
		return false
	}
	select {
	case <-sc.listener.shut:
		return true
	default:
		return false
	}
}

// maxUsed is how many names are remembered of a socket, the first ones.
const maxUsed = 100_000

// use remembers that a secret was read or changed. Its value is not kept.
func (sc *scope) use(name string) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if _, ok := sc.used[name]; ok || len(sc.order) >= maxUsed {
		return
	}
	if sc.used == nil {
		sc.used = map[string]struct{}{}
	}
	name = strings.Clone(name) // it may be a part of a whole request
	sc.used[name] = struct{}{}
	sc.order = append(sc.order, name)
}

// names are those used so far, in order of first use.
func (sc *scope) names() []string {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return sc.order[:len(sc.order):len(sc.order)]
}
