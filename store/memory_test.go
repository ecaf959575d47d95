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
