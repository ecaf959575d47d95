//go:build !unix

package run

// childSignals: a console sends its own to all of its processes.
type childSignals struct{}

func catchSignals() *childSignals { return nil }

func (*childSignals) stop() {}
