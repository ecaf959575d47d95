package badgerfiles

import (
	"testing"

	"github.com/dgraph-io/badger/v4/skl"
)

// What a replay is expected to need counts Badger's nodes at the size that they have.
func TestNodeSize(t *testing.T) {
	t.Parallel()
	if maxNode != skl.MaxNodeSize {
		t.Errorf("a node of Badger's memory has %d bytes, not %d", skl.MaxNodeSize, maxNode)
	}
}
