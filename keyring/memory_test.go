package keyring

import (
	"bytes"
	"testing"
)

func TestMemory(t *testing.T) {
	m := NewMemory(100)
	if len(m.Bytes) != 100 || m.Kind == "" {
		t.Fatalf("%d bytes of kind %q", len(m.Bytes), m.Kind)
	}
	t.Log("kind:", m.Kind)
	secret := bytes.Repeat([]byte("s"), 100)
	copy(m.Bytes, secret)
	if !bytes.Equal(m.Bytes, secret) {
		t.Error("it does not keep what is written")
	}
	m.Free()
	m.Free()
	if m.Bytes != nil {
		t.Error("it is still there")
	}
}

// Each kind by itself: what the first one hides from the test is held to the
// same.
func TestMemories(t *testing.T) {
	for _, get := range memories {
		b, kind, free := get(4000)
		if b == nil {
			continue // the system has none of it
		}
		for i := range b {
			if b[i] != 0 {
				t.Errorf("%s: byte %d is not zero", kind, i)
			}
			b[i] = 1
		}
		free()
	}
}
