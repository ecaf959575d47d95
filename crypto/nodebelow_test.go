package crypto_test

import (
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

func TestNodeBelow(t *testing.T) {
	var a, b [32]byte
	a[0], b[0] = 0x12, 0x17
	for _, c := range []struct {
		key, top []byte
		want     bool
	}{
		{crypto.NodeKey(1, a), crypto.NodeKey(0, a), true},
		{crypto.NodeKey(2, a), crypto.NodeKey(1, b), true}, // both under 1
		{crypto.NodeKey(3, a), crypto.NodeKey(2, b), false},
		{crypto.NodeKey(2, a), crypto.NodeKey(2, a), false},
		{crypto.NodeKey(1, a), crypto.NodeKey(2, a), false},
		{crypto.NodeKey(64, a), crypto.NodeKey(63, a), true},
		{[]byte("i"), crypto.NodeKey(0, a), false},
		{[]byte("i/stray"), crypto.NodeKey(0, a), false},
		{[]byte{'i', 65}, crypto.NodeKey(0, a), false},
		{append(crypto.NodeKey(2, a), 0), crypto.NodeKey(0, a), false},
	} {
		if got := crypto.NodeBelow(c.key, c.top); got != c.want {
			t.Errorf("%x below %x: %t", c.key, c.top, got)
		}
	}
}
