//go:build !linux && !darwin && !freebsd

package sockets

import "context"

// End ends nothing: there are no agents here.
func End(context.Context, int, string, string) (bool, error) { return false, nil }

// PeerPID is not known here.
func PeerPID(context.Context, string) int { return 0 }

// AwaitEnd has nothing to wait for.
func AwaitEnd(context.Context, int) error { return nil }
