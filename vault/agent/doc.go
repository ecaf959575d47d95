// Package agent speaks to an agent: a process that keeps one open vault for the
// commands and programs of one user, so that a key is asked for once a session and
// not once a command. The [Client] has the methods of [vault.Vault], over a Unix
// socket. The agent itself is package server.
//
//	c, err := agent.Dial(ctx, path) // sockets.ErrNone: there is none
//	secret, err := c.Read(ctx, "DB_URL")
//
// What is spoken is HTTP/1.1 and JSON, described in server/openapi.yaml, so that any
// language can take part with an ordinary HTTP client.
//
// Both sides ask the system who is on the other end and speak to nobody but the
// same user, root not excepted. A socket can be opened for less than everything:
// see [wire.Grant]. It is a fence between a user's programs, not a wall: a program
// that runs as the user can still do what the user can, unless the system keeps
// it from the socket and from the vault's folder.
//
// There are agents on Linux, macOS and FreeBSD.
package agent
