package folder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/transporttest"
)

// quick opens a folder whose Wait looks often, and that waits for a lock as long as it takes.
func quick(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.pause = time.Millisecond
	f.wait = time.Hour // those who wait stand in no queue: the suite's own patience ends it
	t.Cleanup(func() { f.Close() })
	return f
}

func suite(t *testing.T, dir func(t *testing.T) string, change func(f *Folder)) {
	transporttest.Run(t, func(t *testing.T) transporttest.Place {
		d := dir(t)
		if err := Make(d); err != nil {
			t.Fatal(err)
		}
		return transporttest.Place{Slow: true, Open: func(t *testing.T) transport.Transport {
			f := quick(t, d)
			change(f)
			return f
		}}
	})
}

func TestFolder(t *testing.T) {
	suite(t, func(t *testing.T) string { return filepath.Join(t.TempDir(), "a", "b") }, func(*Folder) {})
}

// TestNoLinks is the suite where the file system has no hard links.
func TestNoLinks(t *testing.T) {
	suite(t, func(t *testing.T) string { return t.TempDir() }, func(f *Folder) {
		f.link = func(from, to string) error {
			return &os.LinkError{Op: "link", Old: from, New: to, Err: errors.ErrUnsupported}
		}
	})
}

var (
	group  = [16]byte{1}
	member = [8]byte{2}
	beat   = transport.BeatKey(group, member)
)

func change(n uint64) string { return transport.ChangesKey(group, member, n) }

func put(t *testing.T, f *Folder, key, data string) {
	t.Helper()
	if err := f.Put(context.Background(), key, []byte(data), nil); err != nil {
		t.Fatal(err)
	}
}

// files are the regular files below a folder, in order.
func files(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			rel, _ := filepath.Rel(dir, p)
			list = append(list, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestLayout: what stands where, and that nothing else is left.
func TestLayout(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(Make(dir), Make(dir)); err != nil {
		t.Fatal(err)
	}
	f := quick(t, dir)
	put(t, f, beat, "1")
	if err := f.Put(context.Background(), beat, []byte("2"), []byte("1")); err != nil {
		t.Fatal(err)
	}
	put(t, f, change(7), "x")
	want := []string{".gitattributes", beat + ".tacit", "tmp/.gitignore", "tmp/lock", change(7) + ".tacit"}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for name, want := range map[string]string{"tmp/.gitignore": "*\n", beat + ".tacit": "2", ".gitattributes": "# What lies here is sealed and binary.\n*.tacit binary\n"} {
		if b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

// TestKeptAttributes: a file of the user's own stays.
func TestKeptAttributes(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, attributes)
	if err := errors.Join(os.WriteFile(own, []byte("mine\n"), 0o600), Make(dir)); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(own); string(b) != "mine\n" {
		t.Errorf("%q", b)
	}
}

// TestGone: a folder that is not there, and one that was taken away, cannot be reached.
// That its files are gone is not believed.
func TestGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "stick")
	if _, err := Open(dir); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("no folder: %v", err)
	}
	if err := Make(dir); err != nil {
		t.Fatal(err)
	}
	f := quick(t, dir)
	put(t, f, change(1), "x")
	if err := os.RemoveAll(dir); err != nil {
		t.Skip("what is open here stays")
	}
	for range 2 {
		_, get := f.Get(context.Background(), change(1))
		_, list := f.List(context.Background(), "", "")
		for what, err := range map[string]error{"Get": get, "List": list, "Wait": f.Wait(context.Background(), "")} {
			if !errors.Is(err, transport.ErrUnreachable) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := os.MkdirAll(dir, 0o755); err != nil { // another one in its place
			t.Fatal(err)
		}
	}
}

// TestStrangers: what no key gives is never read, listed or changed.
func TestStrangers(t *testing.T) {
	dir := t.TempDir()
	f := quick(t, dir)
	put(t, f, change(1), "x")
	put(t, f, beat, "b")
	feed := filepath.Join(dir, filepath.FromSlash(strings.TrimSuffix(transport.FeedPrefix(group, member), "/")))
	strangers := []string{
		filepath.Join(dir, "README"), filepath.Join(dir, ".DS_Store"), filepath.Join(dir, "w", "x.tacit"),
		filepath.Join(feed, "0000000001.sync-conflict-20260101-000000-ABCDEFG.tacit"), filepath.Join(feed, "0000000001 (1).tacit"),
		filepath.Join(feed, "0000000002.TACIT"), filepath.Join(feed, "2.tacit"), filepath.Join(feed, "0000000003"), filepath.Join(feed, "0000000004.tacit.part"),
		filepath.Join(feed, ".0000000005.tacit.swp"), filepath.Join(feed, "desktop.ini"), filepath.Join(dir, "b", strings.ToUpper(fmt.Sprintf("%x", group)), "0200000000000000.tacit"),
	}
	for _, name := range strangers {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte("stranger"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(feed, "0000000006.tacit"), 0o755); err != nil { // a folder called as a file
		t.Fatal(err)
	}
	list, err := f.List(context.Background(), "", "")
	if want := []string{beat, change(1)}; err != nil || !slices.Equal(list, want) {
		t.Errorf("%q, %v", list, err)
	}
	if _, err := f.Get(context.Background(), change(6)); !errors.Is(err, transport.ErrNone) {
		t.Errorf("a folder called as a file: %v", err)
	}
	if err := f.Put(context.Background(), change(6), []byte("x"), nil); !errors.Is(err, transport.ErrTaken) {
		t.Errorf("in the place of a folder: %v", err)
	}
	for _, name := range strangers {
		if b, err := os.ReadFile(name); err != nil || string(b) != "stranger" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

// TestTooLong: a file over the limit is not read, and is in the way.
func TestTooLong(t *testing.T) {
	dir := t.TempDir()
	f := quick(t, dir)
	put(t, f, change(1), "x")
	long := filepath.Join(dir, filepath.FromSlash(file(change(2))))
	if err := errors.Join(os.WriteFile(long, nil, 0o600), os.Truncate(long, 1<<40)); err != nil {
		t.Skip(err)
	}
	if _, err := f.Get(context.Background(), change(2)); !errors.Is(err, transport.ErrSize) {
		t.Error(err)
	}
	if err := f.Put(context.Background(), change(2), []byte("x"), nil); !errors.Is(err, transport.ErrTaken) {
		t.Error(err)
	}
}

// TestClaimed: the empty file of a machine that crashed before it had put anything is
// nothing, and in nobody's way.
func TestClaimed(t *testing.T) {
	dir := t.TempDir()
	f := quick(t, dir)
	put(t, f, change(1), "x")
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(file(change(2)))), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Get(context.Background(), change(2)); !errors.Is(err, transport.ErrNone) {
		t.Error(err)
	}
	if list, err := f.List(context.Background(), "", ""); err != nil || !slices.Equal(list, []string{change(1)}) {
		t.Errorf("%q, %v", list, err)
	}
	put(t, f, change(2), "y")
	if b, err := f.Get(context.Background(), change(2)); err != nil || string(b) != "y" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestLeftovers: what a crash left under way is removed when it is old, and nothing else.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	f := quick(t, dir)
	put(t, f, change(1), "x")
	old := time.Now().Add(-2 * tempAge)
	for name, age := range map[string]time.Time{"new-old": old, "new-now": time.Now(), "other": old} {
		name = filepath.Join(dir, tempDir, name)
		if err := errors.Join(os.WriteFile(name, []byte("x"), 0o600), os.Chtimes(name, age, age)); err != nil {
			t.Fatal(err)
		}
	}
	put(t, f, change(2), "x")
	var names []string
	entries, err := os.ReadDir(filepath.Join(dir, tempDir))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{".gitignore", "lock", "new-now", "other"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%q, %v", names, err)
	}
}

// TestPagesAreOneLook: a long list is read once, and not for every page.
func TestPagesAreOneLook(t *testing.T) {
	dir := t.TempDir()
	f := quick(t, dir)
	put(t, f, change(1), "x")
	feed := filepath.Dir(filepath.Join(dir, filepath.FromSlash(file(change(1)))))
	many := 3 * transport.MaxList
	if !testing.Short() {
		many = 20_000
	}
	for n := 2; n <= many; n++ {
		if err := os.WriteFile(filepath.Join(feed, fmt.Sprintf("%010d.tacit", n)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, after := 0, ""
	for {
		page, err := f.List(context.Background(), "w/", after)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		if all == 0 { // what changes now is seen by the next look
			if err := os.Remove(filepath.Join(feed, fmt.Sprintf("%010d.tacit", many))); err != nil {
				t.Fatal(err)
			}
		}
		all, after = all+len(page), page[len(page)-1]
	}
	if all != many {
		t.Errorf("%d keys, want %d: it looked again for a page", all, many)
	}
	if b, err := f.Get(context.Background(), change(uint64(many-1))); err != nil || !bytes.Equal(b, []byte("x")) {
		t.Errorf("%q, %v", b, err)
	}
}
