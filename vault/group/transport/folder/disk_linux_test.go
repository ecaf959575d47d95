package folder

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/transporttest"
)

// mounted mounts a file system, where the tests may.
func mounted(t *testing.T, source, kind, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount(source, dir, kind, 0, options); err != nil {
		t.Skipf("%s cannot be mounted: %v", kind, err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// TestVFAT is the suite on a file system without hard links, modes and case.
func TestVFAT(t *testing.T) {
	dir := transporttest.Stick(t, 64<<20, false)
	suite(t, func(t *testing.T) string { return filepath.Join(dir, filepath.Base(t.Name())) }, func(*Folder) {})
}

// TestFull: a disk that is full says so, keeps what was put, and no half of a file.
func TestFull(t *testing.T) {
	dir := mounted(t, "tmpfs", "tmpfs", "size=1m,mode=700")
	f := quick(t, dir)
	ctx := context.Background()
	data := bytes.Repeat([]byte("x"), 100_000)
	put(t, f, beat, "beat")
	var err error
	n := uint64(0)
	for err == nil && n < 100 {
		n++
		err = f.Put(ctx, change(n), data, nil)
	}
	if !errors.Is(err, transport.ErrFull) || n < 5 {
		t.Fatalf("%d were put: %v", n, err)
	}
	if err := f.Put(ctx, beat, data, []byte("beat")); !errors.Is(err, transport.ErrFull) {
		t.Error(err)
	}
	if b, err := f.Get(ctx, beat); err != nil || string(b) != "beat" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := f.Get(ctx, change(n)); !errors.Is(err, transport.ErrNone) {
		t.Error(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, tempDir))
	if err != nil || len(entries) != 2 {
		t.Errorf("%v are left, %v", entries, err)
	}
	if err := f.Delete(ctx, change(1)); err != nil {
		t.Fatal(err)
	}
	put(t, f, change(n), string(data))
}

// TestReadOnly: what cannot be written can be read.
func TestReadOnly(t *testing.T) {
	dir := mounted(t, "tmpfs", "tmpfs", "size=1m,mode=700")
	f := quick(t, dir)
	put(t, f, change(1), "x")
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	ctx := context.Background()
	if b, err := f.Get(ctx, change(1)); err != nil || string(b) != "x" {
		t.Errorf("%q, %v", b, err)
	}
	if list, err := f.List(ctx, "", ""); err != nil || len(list) != 1 {
		t.Errorf("%q, %v", list, err)
	}
	for what, err := range map[string]error{
		"Put": f.Put(ctx, change(2), []byte("x"), nil), "a new folder": f.Put(ctx, beat, []byte("x"), nil), "Delete": f.Delete(ctx, change(1)),
	} {
		if !errors.Is(err, transport.ErrDenied) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
