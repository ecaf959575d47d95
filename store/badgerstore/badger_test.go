package badgerstore_test

import (
	"testing"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/storetest"
)

func TestBadger(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		dir, made := t.TempDir(), false
		open := func(t *testing.T) store.Store {
			s := mustOpen(t, dir, store.Options{Create: !made})
			made = true
			return s
		}
		return storetest.Opener{Open: open, Lasting: true}
	})
}

// hang is how long a test waits for what takes a moment: on a busy machine many.
const hang = 5 * time.Minute

// mustOpen opens the store in dir; what it warns about is logged.
func mustOpen(t testing.TB, dir string, o store.Options) *badgerstore.Store {
	t.Helper()
	o.Warn = func(err error) { t.Logf("warning: %v", err) }
	if o.Wait == 0 {
		o.Wait = hang
	}
	s, err := badgerstore.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	return s
}
