package group

import (
	"bytes"
	"context"
	"errors"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// replace puts data under a key in the place of what is there. It tells whether data is
// there then: where another sync was faster it is not, which is no error. The next sync
// comes to it.
func replace(ctx context.Context, t transport.Transport, key string, data []byte) (done bool, err error) {
	old, err := t.Get(ctx, key)
	switch {
	case errors.Is(err, transport.ErrNone):
		old = nil
	case err != nil:
		return false, err
	case bytes.Equal(old, data):
		return true, nil
	}
	err = t.Put(ctx, key, data, old)
	if errors.Is(err, transport.ErrTaken) {
		return false, nil
	}
	return err == nil, err
}
