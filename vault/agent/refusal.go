package agent

import (
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

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

// Limits of a batch.
const (
	maxBatch   = 64 << 20  // bytes
	maxChanges = 1_000_000 // changes
)
