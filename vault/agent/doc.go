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

import (
	"errors"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// What Dial, Listen and the Client's methods return besides the vault's codes.
var (
	// ErrNone means that there is no socket, or nobody behind it.
	ErrNone = errors.New("no agent is running")
	// ErrGone means that the agent ended, or broke the connection, before it
	// answered. Whether a change was made is not known.
	ErrGone = errors.New("the agent ended before it answered")
	// ErrRunning means that an agent is running on this socket already.
	ErrRunning = errors.New("an agent is running already")
	// ErrNoAgents means that this system has no agents: Windows.
	ErrNoAgents = errors.New("this system has no agent")
	// ErrForeign means that a socket, its folder or who is behind it is not this
	// user's alone. It comes with the code [vault.Unsafe].
	ErrForeign = errors.New("not this user's agent")
)

// foreign is an error that wraps ErrForeign.
func foreign(path, message string, way remedy.Remedy) error {
	return &vault.SecretError{Code: vault.Unsafe, Op: "agent", Path: path, Message: message, Remedy: way, Err: ErrForeign}
}

// busy is the error of what could not be waited for.
func busy(op, message string, way remedy.Remedy) error {
	return &vault.SecretError{Code: vault.Busy, Op: op, Message: message, Remedy: way}
}

// denied is the error of what a socket was not opened for.
func denied(op, key, message string) error {
	return &vault.SecretError{
		Code: vault.Denied, Op: op, Key: key, Message: message,
		Remedy: remedy.To(remedy.UseOwnKey),
	}
}

// invalid is the error of a request that makes no sense.
func invalid(op, key, message string) error {
	return &vault.SecretError{Code: vault.InvalidValue, Op: op, Key: key, Message: message}
}
