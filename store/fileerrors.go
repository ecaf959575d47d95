package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// classifyFile wraps an error of the file system with the sentinel that says what it is.
func classifyFile(op string, err error) error {
	if err == nil {
		return nil
	}
	if sentinel := fileSentinel(err); sentinel != nil {
		return fmt.Errorf("%s: %w: %w", op, sentinel, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// known tells whether an error is one of this package's already.
func known(err error) bool {
	for _, e := range []error{
		ErrNotFound, ErrTooBig, ErrBusy, ErrReadOnly, ErrNoSpace, ErrCorrupt,
		ErrUnsafe, ErrClosed, ErrInvalidKey, ErrNoStore, ErrExists, ErrStuck,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// fileSentinel returns the error of this package that one of the file system amounts
// to, or nil. Who passed it on may have flattened it into text.
func fileSentinel(err error) error {
	text := err.Error()
	says := func(e error) bool { return errors.Is(err, e) || strings.Contains(text, e.Error()) }
	switch {
	case known(err):
		return nil // it says so itself
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
