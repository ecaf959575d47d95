package transport_test

import (
	"testing"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/transporttest"
)

func TestMemory(t *testing.T) {
	transporttest.Run(t, func(*testing.T) transporttest.Place {
		m := transport.NewMemory()
		return transporttest.Place{Open: func(*testing.T) transport.Transport { return m.Open() }}
	})
}
