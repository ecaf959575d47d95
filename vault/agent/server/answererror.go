package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// wireError is what a client is told of an error. There always is a message.
func wireError(op string, err error) wire.Error {
	e := secretError(op, err)
	w := wire.Error{Code: e.Code, Op: e.Op, Key: e.Key, Path: e.Path, Message: e.Message, Remedy: vault.RemedyOf(e)}
	switch {
	case e.Err == nil && w.Message == "":
		w.Message = e.Code.Error()
	case e.Err != nil && w.Message == "":
		w.Message = e.Err.Error()
	case e.Err != nil:
		w.Detail = e.Err.Error()
	}
	return w
}

// spelled adds to an error the words that a person reads.
func (s *server) spelled(w wire.Error) wire.Error {
	w.Hint = s.say(w.Remedy)
	return w
}

// say is a remedy in words, "" where nobody spells it.
func (s *server) say(r remedy.Remedy) string {
	if s.o.Spell == nil {
		return ""
	}
	return s.o.Spell(r)
}

// secretError makes a SecretError of any error.
func secretError(op string, err error) *vault.SecretError {
	var e *vault.SecretError
	ended := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	switch {
	case errors.As(err, &e) && ended && e.Code == vault.Internal:
		busy := *e // what it was stopped at, its message says
		busy.Code = vault.Busy
		return &busy
	case errors.As(err, &e):
		return e
	case ended:
		return &vault.SecretError{Code: vault.Busy, Op: op, Message: "the agent ended, or had no time for it", Remedy: remedy.To(remedy.TryAgain)}
	}
	e = &vault.SecretError{Code: vault.Internal, Op: op, Err: err}
	for _, m := range []struct {
		cause error
		code  vault.Code
	}{
		{crypto.ErrUnavailable, vault.Locked},
		{crypto.ErrWrongKey, vault.WrongKey},
		{crypto.ErrMalformed, vault.InvalidValue},
		{crypto.ErrLimit, vault.InvalidValue},
	} {
		if errors.Is(err, m.cause) {
			e.Code = m.code
			break
		}
	}
	return e
}

// statusOf is the status of an answer that is an error.
func statusOf(err error) int {
	var s statusError
	if errors.As(err, &s) {
		return s.status
	}
	switch c := secretError("", err).Code; c {
	case vault.NotFound:
		return http.StatusNotFound
	case vault.InvalidName, vault.InvalidValue:
		return http.StatusBadRequest
	case vault.Exists, vault.Conflict:
		return http.StatusConflict
	case vault.Denied, vault.ReadOnly, vault.Untrusted:
		return http.StatusForbidden
	case vault.Locked, vault.WrongKey:
		return http.StatusLocked
	case vault.Busy:
		return http.StatusServiceUnavailable
	case vault.NoSpace:
		return http.StatusInsufficientStorage
	case vault.NoVault, vault.VaultMissing:
		return http.StatusGone
	default:
		if c.Tampering() {
			return http.StatusUnprocessableEntity
		}
		return http.StatusInternalServerError
	}
}

// statusError is an error whose status is not that of its code.
type statusError struct {
	error
	status int
}

func (e statusError) Unwrap() error { return e.error }
