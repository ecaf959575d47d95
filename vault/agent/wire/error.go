package wire

import (
	"errors"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Error is a [vault.SecretError] on the wire. It never holds a value.
type Error struct {
	Code    vault.Code `json:"code"`
	Op      string     `json:"op,omitempty"`
	Key     string     `json:"key,omitempty"`
	Path    string     `json:"path,omitempty"`
	Message string     `json:"message"`
	Detail  string     `json:"detail,omitempty"` // the cause, where the message does not say it
	Hint    string     `json:"hint,omitempty"`
	// Remedy is what the error names, or, where it names none, what its code has.
	Remedy remedy.Remedy `json:"remedy,omitzero"`
}

// ErrorBody is an answer that is an error.
type ErrorBody struct {
	Error Error `json:"error"`
}

// Err gives the error back to the client's caller.
func (w Error) Err() error {
	e := &vault.SecretError{Code: w.Code, Op: w.Op, Key: w.Key, Path: w.Path, Message: w.Message, Remedy: w.Remedy}
	if e.Code == "" {
		e.Code = vault.Internal
	}
	if w.Detail != "" {
		e.Err = errors.New(w.Detail)
	}
	return e
}
