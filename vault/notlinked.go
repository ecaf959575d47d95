package vault

import "github.com/tacit-vault/tacit/store"

// ErrNotLinked is [store.ErrNotLinked]: a program lacks the database that this takes.
var ErrNotLinked = store.ErrNotLinked
