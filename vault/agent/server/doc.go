// Package server is the agent: it owns an open vault and its identity, which never
// leave it, and answers over Unix sockets.
//
//	listener, err := sockets.Listen(path) // sockets.ErrRunning: there is one already
//	err = server.Serve(ctx, v, server.Options{Listeners: []net.Listener{listener}, TTL: 8 * time.Hour})
//
// Logs hold names, never values.
package server
