package crypto

import "errors"

// What can be wrong. Errors of this package wrap one of these with the detail;
// none of them ever holds a value or a key.
var (
	// ErrWrongKey means that a slot does not open with this key: try the next slot.
	ErrWrongKey = errors.New("wrong key")
	// ErrUnavailable means that the secret of a key cannot be had now: no TPM, a
	// keyring that is locked, nobody to ask. Try the next one, and tell.
	ErrUnavailable = errors.New("cannot be had now")
	// ErrMalformed means that bytes are not of the form that the format asks for.
	ErrMalformed = errors.New("malformed")
	// ErrLimit means that a cap of the format is exceeded.
	ErrLimit = errors.New("over the limit")
	// ErrNewer means a format, a feature or a critical attribute that this version does not know.
	ErrNewer = errors.New("made by a newer version")
	// ErrForged means that an authenticator or a hash does not fit what it should cover.
	ErrForged = errors.New("not authentic")
	// ErrNotBound means that a record was not sealed by this vault for the place it claims.
	ErrNotBound = errors.New("not sealed by this vault")
	// ErrMissing means that something which its parent lists is not there.
	ErrMissing = errors.New("missing")
	// ErrUnproven means that the kept log does not reach far enough back to decide.
	ErrUnproven = errors.New("unproven")
)
