package crypto

import (
	"errors"
	"testing"
)

// seed adds the committed vectors to a fuzz target. A target without seeds
// would fuzz from nothing and find nothing, silently.
func seed[T any](f *testing.F, kept []T, bytes func(T) []byte) {
	f.Helper()
	if len(kept) == 0 {
		f.Fatal("no seeds")
	}
	for _, v := range kept {
		f.Add(bytes(v))
	}
}

// errorClass is the sentinel that an error wraps, nil if none.
func errorClass(err error) error {
	for _, class := range []error{
		ErrMalformed, ErrLimit, ErrNewer, ErrForged, ErrNotBound, ErrWrongKey, ErrNoIdentity,
	} {
		if errors.Is(err, class) {
			return class
		}
	}
	return nil
}
