package server

import (
	"context"
	"sync"
)

// A gate lets many requests use the vault, or one have it alone.
type gate struct {
	mu      sync.Mutex    // guards what is below
	using   int           // requests that use the vault
	alone   bool          // one has it, or waits for it
	changed chan struct{} // closed, and made anew, when one of these changes
}

func newGate() *gate { return &gate{changed: make(chan struct{})} }

func (g *gate) change() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// enter waits until nobody has the vault alone, or ctx ends.
func (g *gate) enter(ctx context.Context) error {
	for {
		g.mu.Lock()
		if !g.alone {
			g.using++
			g.mu.Unlock()
			return nil
		}
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// enterNow is enter where nobody has to be waited for.
func (g *gate) enterNow() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.alone {
		return false
	}
	g.using++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.using--; g.using == 0 && g.alone {
		g.change()
	}
}

// close waits until nobody uses the vault, and keeps others out until open.
func (g *gate) close(ctx context.Context) error {
	taken := false
	for {
		g.mu.Lock()
		if !g.alone {
			g.alone, taken = true, true
		}
		if taken && g.using == 0 {
			g.mu.Unlock()
			return nil
		}
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			if taken {
				g.open()
			}
			return ctx.Err()
		}
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.alone = false
	g.change()
}
