package keyring

import "context"

// An Asker asks whoever sits at the terminal on behalf of a key: for the
// passphrase of a key file, the PIN of a TPM, a touch. Each method's error wraps
// [crypto.ErrUnavailable] where nobody can be asked.
type Asker interface {
	// Secret asks for what must not be seen while it is typed.
	Secret(ctx context.Context, question string) ([]byte, error)
	// Confirm asks for one of two answers, and is true for yes. no may be "":
	// then there is nothing to choose.
	Confirm(ctx context.Context, question, yes, no string) (bool, error)
	// Tell says what is to be done elsewhere: to touch a key, say.
	Tell(message string)
}
