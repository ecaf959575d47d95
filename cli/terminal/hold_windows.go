package terminal

import (
	"context"
	"time"
)

// A Hold is a terminal that is taken over, which a console of Windows cannot be yet.
type Hold struct{}

// TakeOver refuses.
func TakeOver(context.Context, *TTY) (*Hold, error) {
	return nil, noPageOn("Windows")
}

// Release does nothing.
func (*Hold) Release() {}

// Await never has a key.
func (*Hold) Await(time.Duration) (key byte, ok bool, err error) { return 0, false, ErrWoken }

// Rest is empty.
func (*Hold) Rest() string { return "" }
