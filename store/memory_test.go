package store_test

import (
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		return storetest.Opener{Open: func(*testing.T) store.Store { return store.NewMemory() }}
	})
}

// plain is a store that does no more than every store has to.
type plain struct{ *store.Memory }

// These hide the methods of a store.Purger, by another form.
func (plain) Purge()      {}
func (plain) CheckPurge() {}

func TestStoreThatCannotPurge(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		return storetest.Opener{Open: func(*testing.T) store.Store { return plain{store.NewMemory()} }, NoPurge: true}
	})
}
