//go:build !linux && !darwin && !freebsd

package agent

import (
	"context"
	"net"
)

// Listen returns ErrNoAgents: this platform does not tell who connects.
func Listen(path string) (net.Listener, error) { return nil, ErrNoAgents }

func reach(ctx context.Context, path string) (*net.UnixConn, peer, error) {
	return nil, peer{}, ErrNone
}

func peerOf(c *net.UnixConn) (peer, error) { return peer{}, ErrNoAgents }

func listenBeside(path string) (net.Listener, error) { return nil, ErrNoAgents }

// RemoveStale has nothing to remove.
func RemoveStale(string) error { return ErrNoAgents }
