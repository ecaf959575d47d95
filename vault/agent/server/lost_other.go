//go:build !linux && !darwin && !freebsd

package server

import "net"

func (s *server) lookAfter() {}

func (l *listener) listening() net.Listener { return l.socket }
