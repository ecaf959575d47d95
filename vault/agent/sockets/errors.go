package sockets

import (
	"errors"
	"io/fs"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// What Dial and Listen return besides the vault's codes.
var (
	// ErrNone means that there is no socket, or nobody behind it.
	ErrNone = errors.New("no agent is running")
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

// unseen is a folder of sockets, or a socket, that cannot be looked at: what else there is
// of this user's is then unknown as well.
func unseen(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	why := err
	var p *fs.PathError
	if errors.As(err, &p) {
		why = p.Err
	}
	return &vault.SecretError{
		Code: vault.Unproven, Op: "agent", Path: path, Message: "it is unknown whether an agent is running: " + why.Error(),
		Err: why, Remedy: remedy.To(remedy.MendState),
	}
}
