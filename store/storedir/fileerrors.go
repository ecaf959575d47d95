package storedir

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/tacit-vault/tacit/store"
)

// Classify wraps an error of the file system with the sentinel that says what it is.
func Classify(op string, err error) error {
	if err == nil {
		return nil
	}
	if sentinel := SentinelOf(err); sentinel != nil {
		return fmt.Errorf("%s: %w: %w", op, sentinel, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// IsOurs tells whether an error is one of this package's already.
func IsOurs(err error) bool {
	for _, e := range []error{
		store.ErrNotFound, store.ErrTooBig, store.ErrBusy, store.ErrReadOnly, store.ErrNoSpace, store.ErrCorrupt,
		store.ErrUnsafe, store.ErrClosed, store.ErrInvalidKey, store.ErrNoStore, store.ErrExists, store.ErrStuck,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// SentinelOf returns the error of this package that one of the file system amounts
// to, or nil. Who passed it on may have flattened it into text.
func SentinelOf(err error) error {
	text := err.Error()
	says := func(e error) bool { return errors.Is(err, e) || strings.Contains(text, e.Error()) }
	switch {
	case IsOurs(err):
		return nil // it says so itself
	case says(ErrnoNoSpace), says(errQuota):
		return store.ErrNoSpace
	case says(syscall.EROFS), errors.Is(err, fs.ErrPermission), strings.Contains(text, syscall.EACCES.Error()):
		return store.ErrReadOnly
	}
	return nil
}

// IsNoSpace tells whether an error of the file system, or of this package, says
// that there is no room: the disk, its inodes or the user's quota are used up.
func IsNoSpace(err error) bool {
	return errors.Is(err, store.ErrNoSpace) || errors.Is(err, ErrnoNoSpace) || errors.Is(err, errQuota)
}

// Corrupt names what is damaged.
func Corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %w", store.ErrCorrupt, fmt.Errorf(format, args...))
}

func NotRegular(name string) error { return Corrupt("%s: not a regular file", name) }

// OtherNameError refuses a write to a file that has another name.
func OtherNameError(name string) error {
	return fmt.Errorf("%w: %s has another name elsewhere (a hard link), whose content a write would change too", store.ErrUnsafe, name)
}
