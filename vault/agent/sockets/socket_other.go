//go:build !linux && !darwin && !freebsd

package sockets

import (
	"context"
	"net"
)

// Listen returns ErrNoAgents: this platform does not tell who connects.
func Listen(path string) (net.Listener, error) { return nil, ErrNoAgents }

// Reach finds nobody.
func Reach(ctx context.Context, path string) (*net.UnixConn, Peer, error) {
	return nil, Peer{}, ErrNone
}

// PeerOf cannot tell.
func PeerOf(c *net.UnixConn) (Peer, error) { return Peer{}, ErrNoAgents }

// ListenBeside returns ErrNoAgents.
func ListenBeside(path string) (net.Listener, error) { return nil, ErrNoAgents }

// RemoveStale has nothing to remove.
func RemoveStale(string) error { return ErrNoAgents }
