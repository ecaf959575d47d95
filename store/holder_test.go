package store

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestHolder is told while a writer has the store, and not before or after; a
// reader does not say it.
func TestHolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT checked: a number says nothing here without when its process began")
	}
	dir := t.TempDir()
	b, err := Open(t.Context(), dir, Options{Create: true, Holder: "/run/x.sock"})
	if err != nil {
		t.Fatal(err)
	}
	h, ok := HolderOf(dir)
	if !ok || h.PID != os.Getpid() || h.At != "/run/x.sock" {
		t.Errorf("open for writing: %+v, %t", h, ok)
	}
	if holds, known := h.Holds(dir); known && !holds {
		t.Error("the system says that it has no lock")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if h, ok := HolderOf(dir); ok {
		t.Errorf("closed: %+v", h)
	}
	if holds, _ := h.Holds(dir); holds {
		t.Error("it has a lock after Close")
	}
	if b, err = Open(t.Context(), dir, Options{ReadOnly: true, Holder: "/run/x.sock"}); err != nil {
		t.Fatal(err)
	}
	if h, ok := HolderOf(dir); ok {
		t.Errorf("open for reading: %+v", h)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	release, err := Hold(t.Context(), dir, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if h, ok := HolderOf(dir); !ok || h.PID != os.Getpid() {
		t.Errorf("held: %+v, %t", h, ok)
	}
	release()
	if h, ok := HolderOf(dir); ok {
		t.Errorf("released: %+v", h)
	}
}

// TestStaleHolder: what a dead process has left, and what somebody else has
// written, is not believed.
func TestStaleHolder(t *testing.T) {
	began := ProcessBegan(os.Getpid())
	good := LockHolder{PID: os.Getpid(), At: "/run/x.sock", Began: began, Boot: bootID()}
	if runtime.GOOS != "windows" && !good.alive() {
		t.Fatal("this process is not taken for itself")
	}
	with := func(change func(*LockHolder)) LockHolder {
		h := good
		change(&h)
		return h
	}
	for name, h := range map[string]LockHolder{
		"another start of the machine": with(func(h *LockHolder) { h.Boot = "x" }),
		"nobody":                       with(func(h *LockHolder) { h.PID = 0 }),
		"everybody":                    with(func(h *LockHolder) { h.PID = -1 }),
		"no path":                      with(func(h *LockHolder) { h.At = "x.sock" }),
		"a process that ended":         with(func(h *LockHolder) { h.PID = 1 << 30 }),
		"one that has its number now":  with(func(h *LockHolder) { h.Began++ }),
	} {
		if runtime.GOOS != "linux" && h.Began != began {
			continue
		}
		dir := t.TempDir()
		record, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		text := append(bytes.Repeat([]byte(" "), holderAt), append(record, '\n')...)
		if err := os.WriteFile(filepath.Join(dir, lockName), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if h, ok := HolderOf(dir); ok {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

// FuzzHolder reads records that anybody may have written.
func FuzzHolder(f *testing.F) {
	f.Add([]byte(`{"pid":1,"at":"/run/x.sock","began":7,"boot":"x"}` + "\n"))
	f.Add([]byte(" \n"))
	f.Add([]byte(`{"pid":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHolder(b)
		if err == nil && (h.PID <= 0 || h.At != "" && !filepath.IsAbs(h.At)) {
			t.Errorf("%+v", h)
		}
		if err != nil && h != (LockHolder{}) {
			t.Errorf("an error, and %+v", h)
		}
	})
}
