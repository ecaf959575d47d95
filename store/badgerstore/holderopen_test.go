package badgerstore

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
)

// TestHolder is told while a writer has the store, and not before or after; a
// reader does not say it.
func TestHolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT checked: a number says nothing here without when its process began")
	}
	dir := t.TempDir()
	b, err := Open(t.Context(), dir, store.Options{Create: true, Holder: "/run/x.sock"})
	if err != nil {
		t.Fatal(err)
	}
	h, ok := storedir.HolderOf(dir)
	if !ok || h.PID != os.Getpid() || h.At != "/run/x.sock" {
		t.Errorf("open for writing: %+v, %t", h, ok)
	}
	if holds, known := h.Holds(dir); known && !holds {
		t.Error("the system says that it has no lock")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if h, ok := storedir.HolderOf(dir); ok {
		t.Errorf("closed: %+v", h)
	}
	if holds, _ := h.Holds(dir); holds {
		t.Error("it has a lock after Close")
	}
	if b, err = Open(t.Context(), dir, store.Options{ReadOnly: true, Holder: "/run/x.sock"}); err != nil {
		t.Fatal(err)
	}
	if h, ok := storedir.HolderOf(dir); ok {
		t.Errorf("open for reading: %+v", h)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	release, err := storedir.Hold(t.Context(), dir, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if h, ok := storedir.HolderOf(dir); !ok || h.PID != os.Getpid() {
		t.Errorf("held: %+v, %t", h, ok)
	}
	release()
	if h, ok := storedir.HolderOf(dir); ok {
		t.Errorf("released: %+v", h)
	}
}
