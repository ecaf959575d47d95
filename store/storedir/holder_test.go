package storedir

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

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
		if err := os.WriteFile(filepath.Join(dir, LockName), text, 0o600); err != nil {
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
