package badgerstore

import (
	"errors"
	"fmt"
	"strings"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
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
	switch {
	case storedir.IsOurs(err):
		return nil // it says so itself
	case errors.Is(err, badger.ErrTxnTooBig):
		return store.ErrTooBig
	case errors.Is(err, badger.ErrKeyNotFound):
		return store.ErrNotFound
	case errors.Is(err, badger.ErrDBClosed), errors.Is(err, badger.ErrDiscardedTxn):
		return store.ErrClosed
	case strings.Contains(err.Error(), "Cannot acquire directory lock"):
		return store.ErrBusy
	}
	return storedir.SentinelOf(err)
}
