package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	badger "github.com/dgraph-io/badger/v4"
)

// classify wraps err with the sentinel that says what it is. Badger flattens
// the errors it passes on into text, so that some are told by what they say.
func classify(op string, err error) error {
	if err == nil {
		return nil
	}
	err = callFolders(err)
	if sentinel := sentinelOf(err); sentinel != nil {
		return fmt.Errorf("%s: %w: %w", op, sentinel, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// sentinelOf returns the error of this package that err amounts to, or nil.
func sentinelOf(err error) error {
	text := err.Error()
	says := func(e error) bool { return errors.Is(err, e) || strings.Contains(text, e.Error()) }
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrTooBig), errors.Is(err, ErrBusy),
		errors.Is(err, ErrReadOnly), errors.Is(err, ErrNoSpace), errors.Is(err, ErrCorrupt),
		errors.Is(err, ErrUnsafe), errors.Is(err, ErrClosed), errors.Is(err, ErrInvalidKey),
		errors.Is(err, ErrNoStore), errors.Is(err, ErrExists), errors.Is(err, ErrStuck):
		return nil // it says so itself
	case errors.Is(err, badger.ErrTxnTooBig):
		return ErrTooBig
	case errors.Is(err, badger.ErrKeyNotFound):
		return ErrNotFound
	case errors.Is(err, badger.ErrDBClosed), errors.Is(err, badger.ErrDiscardedTxn):
		return ErrClosed
	case strings.Contains(text, "Cannot acquire directory lock"):
		return ErrBusy
	case says(errNoSpace), says(errQuota):
		return ErrNoSpace
	case says(syscall.EROFS), errors.Is(err, fs.ErrPermission), strings.Contains(text, syscall.EACCES.Error()):
		return ErrReadOnly
	}
	return nil
}

// IsNoSpace tells whether an error of the file system, or of this package, says
// that there is no room: the disk, its inodes or the user's quota are used up.
func IsNoSpace(err error) bool {
	return errors.Is(err, ErrNoSpace) || errors.Is(err, errNoSpace) || errors.Is(err, errQuota)
}

// corrupt names what is damaged.
func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrCorrupt, fmt.Errorf(format, args...))
}

func notRegular(name string) error { return corrupt("%s: not a regular file", name) }

// guard runs fn, and turns a panic in it into ErrCorrupt: Badger panics where
// a block, an offset or a mapped page is not what it wrote. It is put around
// single calls into Badger, never around functions of the caller.
func guard(what string, fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = corrupt("%s: the database fails on it", what)
		}
	}()
	return fn()
}
