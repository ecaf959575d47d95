package badgerstore_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// mountSmall mounts a file system in memory of that many MiB.
func mountSmall(t *testing.T, mib int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", mib)); err != nil {
		t.Skipf("no right to mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// mountVault is mountSmall with a folder for a store.
func mountVault(t *testing.T, mib int) (disk, dir string) {
	t.Helper()
	disk = mountSmall(t, mib)
	dir = filepath.Join(disk, "vault")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return disk, dir
}

// fillDisk leaves that many bytes free on a disk.
func fillDisk(t *testing.T, dir string, left int64) (undo func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	if n := int64(s.Bavail)*int64(s.Bsize) - left; n > 0 {
		if err := unix.Fallocate(int(f.Fd()), 0, 0, n); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

func AllocatedBallast(t *testing.T, dir string) int64 {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Lstat(filepath.Join(dir, "ballast"), &s); err != nil {
		return 0
	}
	return s.Blocks * 512
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk, dir := mountVault(t, 64)
	s := mustOpen(t, dir, store.Options{Create: true})
	fill(t, s, 0, 1000)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := AllocatedBallast(t, dir); n < 8<<20 {
		t.Fatalf("the ballast takes up %d bytes", n)
	}
	undo := fillDisk(t, disk, 0)

	// Everything can be read.
	s = mustOpen(t, dir, store.Options{ReadOnly: true})
	wantEntries(t, s, 1000)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	// Everything can be deleted, in several sessions, but nothing can be added.
	for session := range 4 {
		s = mustOpen(t, dir, store.Options{})
		if err := s.CheckSpace(100); !errors.Is(err, store.ErrNoSpace) {
			t.Errorf("session %d: %v, want ErrNoSpace", session, err)
		}
		err := s.Update(func(w store.Writer) error {
			for i := session * 250; i < (session+1)*250; i++ {
				key, _ := entry(i)
				if err := w.Delete(key); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("session %d: deleting: %v", session, err)
		}
		if err := s.Close(); err != nil {
			t.Fatalf("session %d: closing: %v", session, err)
		}
		if n := AllocatedBallast(t, dir); n < 6<<20 {
			t.Errorf("session %d: %d bytes of ballast are left", session, n)
		}
	}
	s = mustOpen(t, dir, store.Options{})
	if err := errors.Join(s.Purge(t.Context()), s.Close()); err != nil {
		t.Errorf("purging: %v", err)
	}
	s = mustOpen(t, dir, store.Options{ReadOnly: true})
	err := s.View(func(r store.Reader) error {
		for key := range r.Keys(nil, nil) {
			t.Errorf("%q is still there", key)
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}

	// With space the ballast comes back.
	undo()
	s = mustOpen(t, dir, store.Options{})
	if err := s.CheckSpace(100); err != nil {
		t.Error(err)
	}
	fill(t, s, 0, 10)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := AllocatedBallast(t, dir); n < 8<<20 {
		t.Errorf("the ballast has %d bytes", n)
	}
}

// A disk that fills up in a session ends it with an error and keeps what was
// acknowledged, whether or not the store can still be closed.
func TestDiskFillsUp(t *testing.T) {
	t.Parallel()
	disk, dir := mountVault(t, 60) // the log is half full then, and the ballast has room for its table
	s := mustOpen(t, dir, store.Options{Create: true})
	noise := make([]byte, 200_000)
	_, _ = rand.Read(noise)
	written := 0
	for ; written < 1000; written++ {
		err := s.Update(func(w store.Writer) error {
			return errors.Join(w.Put(fmt.Appendf(nil, "large %d", written), noise), w.Put(fmt.Appendf(nil, "small %d", written), noise[:60_000]))
		})
		if errors.Is(err, store.ErrNoSpace) {
			break
		}
		if err != nil {
			t.Fatalf("write %d: %v", written, err)
		}
	}
	if written == 0 || written == 1000 {
		t.Fatalf("%d writes went in", written)
	}
	fillDisk(t, disk, 0)
	if err := s.Close(); err != nil {
		t.Fatalf("closing on the full disk: %v", err)
	}
	s = mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	err := s.View(func(r store.Reader) error {
		for i := range written {
			got, err := r.Get(fmt.Appendf(nil, "large %d", i))
			if err != nil || !bytes.Equal(got, noise) {
				return fmt.Errorf("value %d of %d: %d bytes, %w", i, written, len(got), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// There is room enough to open, and what opening takes is then missing: the
// ballast is there for the first change all the same.
func TestRoomTakenByOpening(t *testing.T) {
	t.Parallel()
	disk, dir := mountVault(t, 64)
	s := mustOpen(t, dir, store.Options{Create: true})
	err := s.Update(func(w store.Writer) error { return w.Put([]byte("k"), nil) })
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	for pages := range 8 {
		undo := fillDisk(t, disk, 25<<20+int64(pages*4096))
		s := mustOpen(t, dir, store.Options{})
		err := s.Update(func(w store.Writer) error { return w.Delete([]byte("k")) })
		if err := errors.Join(err, s.Close()); err != nil {
			t.Errorf("%d pages more than it takes to begin: %v", pages, err)
		}
		undo()
	}
}

// What a killed writer left can be recovered on a full disk.
func TestRecoveryOnFullDisk(t *testing.T) {
	t.Parallel()
	disk, dir := mountVault(t, 64)
	s := mustOpen(t, dir, store.Options{Create: true})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	count := crash(t, dir, 200, 50)
	fillDisk(t, disk, 0)
	s = mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	wantWritten(t, s, 200, count)
}

func TestNoRoomToCreate(t *testing.T) {
	t.Parallel()
	disk := mountSmall(t, 16)
	if _, err := badgerstore.Open(t.Context(), disk, store.Options{Create: true}); !errors.Is(err, store.ErrNoSpace) {
		t.Errorf("creating: %v, want ErrNoSpace", err)
	}
	wantOnly(t, disk)
}

func TestReadOnlyMedium(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 100)
	if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("no right to mount: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	if err := unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skipf("no right to mount read-only: %v", err)
	}
	for range 2 {
		s := mustOpen(t, dir, store.Options{ReadOnly: true})
		wantEntries(t, s, 100)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := badgerstore.Open(t.Context(), dir, store.Options{}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a writer: %v, want ErrReadOnly", err)
	}
	empty := mountSmall(t, 1)
	if err := unix.Mount("", empty, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skipf("no right to mount read-only: %v", err)
	}
	if _, err := badgerstore.Open(t.Context(), empty, store.Options{Create: true}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("creating: %v, want ErrReadOnly", err)
	}
}

// A store is small: what its files take up, not counting the ballast.
func TestSizeOnDisk(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 1000)
	var total int64
	for _, name := range glob(t, dir, "*") {
		var s unix.Stat_t
		if err := unix.Lstat(name, &s); err != nil {
			t.Fatal(err)
		}
		total += s.Blocks * 512
	}
	if total > 1<<20 {
		t.Errorf("1,000 entries take up %d bytes, want at most 1 MiB", total)
	}
}
