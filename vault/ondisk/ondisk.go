// Package ondisk links a program with the database that vaults lie in. Who opens
// vaults imports it for that:
//
//	import _ "github.com/tacit-vault/tacit/vault/ondisk"
//
// Without it package vault reads what it can read without a database: a vault that was
// closed in good order, opened with Options.OneShot and not with Options.Write. Anything
// else is an error wrapping store.ErrNotLinked, before anything was changed. A program
// that only reads starts faster without it.
package ondisk

import (
	"context"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// The database announces itself, as the drivers of database/sql do, so that who opens a
// vault need not say what it lies in.
func init() { store.Register(Open) }

// Open opens the store in dir with Badger: see badgerstore.Open.
func Open(ctx context.Context, dir string, o store.Options) (store.Store, error) {
	s, err := badgerstore.Open(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	return s, nil
}
