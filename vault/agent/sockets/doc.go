// Package sockets says where agents listen, opens their sockets, and asks the system
// who is on the other end.
package sockets
