package keyring

import (
	"bytes"
	"os"
	"testing"
	"unsafe"
)

// What lies in memfd_secret cannot be read through /proc, by this very process
// even; what lies on the heap can.
func TestMemoryIsHidden(t *testing.T) {
	m := NewMemory(64)
	defer m.Free()
	if m.Kind != "memfd_secret" {
		t.Skipf("this kernel gives memory of kind %s", m.Kind)
	}
	heap := bytes.Repeat([]byte("heap"), 16)
	copy(m.Bytes, heap)
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip(err)
	}
	defer mem.Close()
	got := make([]byte, 64)
	if _, err := mem.ReadAt(got, int64(uintptr(unsafe.Pointer(&heap[0])))); err != nil || !bytes.Equal(got, heap) {
		t.Skipf("the heap cannot be read either: %v", err)
	}
	clear(got)
	if _, err := mem.ReadAt(got, int64(uintptr(unsafe.Pointer(&m.Bytes[0])))); err == nil || bytes.Equal(got, heap) {
		t.Errorf("read %q through /proc/self/mem, %v", got, err)
	}
}
