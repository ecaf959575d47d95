package wire

import (
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Busy is the error of what could not be waited for.
func Busy(op, message string, way remedy.Remedy) error {
	return &vault.SecretError{Code: vault.Busy, Op: op, Message: message, Remedy: way}
}

// Denied is the error of what a socket was not opened for.
func Denied(op, key, message string) error {
	return &vault.SecretError{
		Code: vault.Denied, Op: op, Key: key, Message: message,
		Remedy: remedy.To(remedy.UseOwnKey),
	}
}

// Invalid is the error of a request that makes no sense.
func Invalid(op, key, message string) error {
	return &vault.SecretError{Code: vault.InvalidValue, Op: op, Key: key, Message: message}
}

// Limits of a batch.
const (
	MaxBatch   = 64 << 20  // bytes
	MaxChanges = 1_000_000 // changes
)
