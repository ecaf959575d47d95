package rescue

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// broken is a file with a block that does not read.
type broken struct {
	b   []byte
	bad int64 // where it begins
}

func (f *broken) ReadAt(p []byte, off int64) (int, error) {
	if off < f.bad+badBlock && off+int64(len(p)) > f.bad {
		return 0, errors.New("input/output error")
	}
	return bytes.NewReader(f.b).ReadAt(p, off)
}

// Around a block that does not read, everything is found; its bytes are counted
// once.
func TestBadBlock(t *testing.T) {
	const mark = "0123456789abcdef"
	f := &broken{bytes.Repeat([]byte{'.'}, 3*windowSize/2), 5 * badBlock}
	places := []int64{0, f.bad - int64(len(mark)), f.bad + badBlock, windowSize - 8, int64(len(f.b) - len(mark))}
	for _, at := range places {
		copy(f.b[at:], mark)
	}
	copy(f.b[f.bad+10:], mark)
	found := []int64{}
	r := reader{ctx: t.Context(), each: func(w window) error {
		find(w, mark, func(at int) { found = append(found, w.off+int64(at)) })
		return nil
	}}
	if err := r.run(f, int64(len(f.b))); err != nil {
		t.Fatal(err)
	}
	if len(found) != len(places) || r.bad != badBlock {
		t.Errorf("found at %v, want %v; %d bytes bad", found, places, r.bad)
	}
}

// What lies across the end of a window is found once.
func TestWindows(t *testing.T) {
	const mark = "mark"
	b := make([]byte, 2*windowSize+100)
	var want int
	for at := windowSize - 50; at < windowSize+50; at += 10 {
		copy(b[at:], mark)
		want++
	}
	n := 0
	r := reader{ctx: t.Context(), each: func(w window) error {
		find(w, mark, func(int) { n++ })
		return nil
	}}
	if err := r.run(bytes.NewReader(b), int64(len(b))); err != nil || n != want {
		t.Errorf("found %d, want %d, %v", n, want, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.ctx = ctx
	if err := r.run(bytes.NewReader(b), int64(len(b))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A file of 100 GB that holds next to nothing is read where it holds something.
func TestSparse(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("holes are not looked for here: a sparse file was NOT tested")
	}
	const size = 100 << 30
	path := filepath.Join(t.TempDir(), "image")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	places := []int64{5 << 30, 77<<30 + 12345, size - 4}
	for _, at := range places {
		if _, err := f.WriteAt([]byte("mark"), at); err != nil {
			t.Fatal(err)
		}
	}
	if next := nextData(f)(0); next == 0 {
		t.Skip("the file system does not tell of holes: a sparse file was NOT tested")
	}
	var found []int64
	windows := 0
	r := reader{ctx: t.Context(), hole: nextData(f), each: func(w window) error {
		windows++
		find(w, "mark", func(at int) { found = append(found, w.off+int64(at)) })
		return nil
	}}
	if err := r.run(io.NewSectionReader(f, 0, size), size); err != nil {
		t.Fatal(err)
	}
	if len(found) != len(places) || found[0] != places[0] || found[1] != places[1] || found[2] != places[2] {
		t.Errorf("found at %v, want %v", found, places)
	}
	if windows > 10 {
		t.Errorf("%d windows read", windows)
	}
}

// FuzzScan: whatever lies in a file, it is looked through to its end.
func FuzzScan(f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join("..", "..", "testdata", "vectors", "*.json"))
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, path := range seeds {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 4<<10)])
	}
	for _, s := range []string{"tacit-vault 1\nid 000102030405060708090a0b0c0d0e0f\n", "age-encryption.org/v1\n-> X25519 a\n", "\x00\x00\x00\x09tacit/1/z\x00\x00\x00\x07"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Scan(t.Context(), path, Options{State: t.TempDir()})
		if err != nil {
			return
		}
		defer r.Close()
		if len(r.slots) > maxSlots || len(r.heads) > maxHeads || len(r.ids) > maxHeads {
			t.Error("beyond the limits")
		}
		r.Slots()
	})
}
