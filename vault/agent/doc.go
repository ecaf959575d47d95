// Package agent keeps one open vault for the commands and programs of one user,
// so that a key is asked for once a session and not once a command. The server
// owns the open vault and its identity, which never leave it; the [Client] has
// the methods of [vault.Vault], over a Unix socket.
//
//	listener, err := agent.Listen(path)           // ErrRunning: there is one already
//	err = agent.Serve(ctx, v, agent.ServerOptions{Listeners: []net.Listener{listener}, TTL: 8 * time.Hour})
//
//	c, err := agent.Dial(ctx, path)               // ErrNone: there is none
//	secret, err := c.Read(ctx, "DB_URL")
//
// What is spoken is HTTP/1.1 and JSON, described in openapi.yaml, so that any
// language can take part with an ordinary HTTP client.
//
// Both sides ask the system who is on the other end and speak to nobody but the
// same user, root not excepted. A socket can be opened for less than everything:
// see [Grant]. It is a fence between a user's programs, not a wall: a program
// that runs as the user can still do what the user can, unless the system keeps
// it from the socket and from the vault's folder.
//
// Logs hold names, never values. There are agents on Linux, macOS and FreeBSD.
package agent
