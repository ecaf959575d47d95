package anchor

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

func testDir(t testing.TB) Dir {
	return Dir{Path: filepath.Join(t.TempDir(), "state", "tacit"), Machine: "00112233aabbccdd"}
}

// folder is the path of a folder that is there.
func folder(t testing.TB, name string) string {
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func point(seq uint64) crypto.Point {
	return crypto.Point{Seq: seq, Digest: crypto.Sum(fmt.Append(nil, seq))}
}

func update(seq uint64) Update { return Update{Pin: testPin, Point: point(seq)} }

func save(t testing.TB, d Dir, id crypto.ID, path string, u Update) {
	t.Helper()
	if err := d.Save(id, path, u); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t testing.TB, d Dir, id crypto.ID, path string) Memory {
	t.Helper()
	m, err := d.Load(id, path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSaveAndLoad(t *testing.T) {
	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b ü\n%")
	if m := mustLoad(t, d, testID, a); m != (Memory{}) {
		t.Errorf("of nothing: %+v", m)
	}
	u := update(7)
	u.Replica = crypto.Replica{9}
	save(t, d, testID, a, u)
	want := Memory{
		PathKnown: true, PathVault: testID, Known: true, Pin: testPin, Highest: point(7),
		HighestAt: a, HereKnown: true, Here: point(7), Replica: crypto.Replica{9},
	}
	if m := mustLoad(t, d, testID, a); m != want {
		t.Errorf("%+v", m)
	}
	// Upward only, here and elsewhere.
	save(t, d, testID, a, update(6))
	if err := d.Save(testID, a, Update{Pin: testPin, Point: crypto.Point{Seq: 7, Digest: crypto.Digest{1}}}); !errors.Is(err, ErrForked) {
		t.Errorf("another commit 7: %v", err)
	}
	if m := mustLoad(t, d, testID, a); m != want {
		t.Errorf("after a lower one: %+v", m)
	}
	save(t, d, testID, b, update(9))
	save(t, d, testID, a, update(8))
	want.Here, want.Highest, want.HighestAt = point(8), point(9), b
	if m := mustLoad(t, d, testID, a); m != want {
		t.Errorf("after another path: %+v", m)
	}
	if m := mustLoad(t, d, testID, b); !m.PathKnown || m.Here != point(9) || m.Replica != (crypto.Replica{}) {
		t.Errorf("at the other path: %+v", m)
	}
	if m := mustLoad(t, d, testID, "/c"); m.PathKnown || m.HereKnown || !m.Known || m.Highest != point(9) || m.Reference() != point(9) {
		t.Errorf("at a path not seen: %+v", m)
	}
	if m := mustLoad(t, d, otherID, a); m != (Memory{PathKnown: true, PathVault: testID}) {
		t.Errorf("another vault there: %+v", m)
	}
	far := Dir{d.Path, "ffffffffffffffff"}
	if m := mustLoad(t, far, testID, a); m.PathKnown || m.HereKnown || m.Highest != point(9) {
		t.Errorf("on another machine: %+v", m)
	}
}

func TestSaveRefuses(t *testing.T) {
	d := testDir(t)
	save(t, d, testID, "/a", update(7))
	pin := Update{Pin: otherPin, Point: point(8)}
	if err := d.Save(testID, "/a", pin); !errors.Is(err, ErrRefused) {
		t.Errorf("another pin: %v", err)
	}
	if err := d.Save(otherID, "/a", update(1)); !errors.Is(err, ErrRefused) {
		t.Errorf("another vault: %v", err)
	}
	if m := mustLoad(t, d, otherID, "/a"); m.Known {
		t.Error("what was refused is remembered")
	}
	rotated := pin
	rotated.Rotated = true
	save(t, d, testID, "/a", rotated)
	if m := mustLoad(t, d, testID, "/a"); m.Pin != otherPin || m.Here != point(8) || m.Highest != point(8) {
		t.Errorf("after a rotation: %+v", m)
	}
}

func TestSaveForce(t *testing.T) {
	d := testDir(t)
	save(t, d, testID, "/a", update(7))
	u := update(3)
	u.Force = true
	save(t, d, testID, "/a", u)
	if m := mustLoad(t, d, testID, "/a"); m.Here != point(3) || m.Highest != point(7) {
		t.Errorf("a lower commit: %+v", m)
	}
	u.Pin = otherPin
	save(t, d, testID, "/a", u)
	if m := mustLoad(t, d, testID, "/a"); m.Pin != otherPin || m.Highest != point(3) {
		t.Errorf("another pin: %+v", m)
	}
	save(t, d, otherID, "/a", u)
	if m := mustLoad(t, d, otherID, "/a"); m.PathVault != otherID || m.Here != point(3) {
		t.Errorf("another vault: %+v", m)
	}
	for _, name := range []string{d.vaultFile(otherID), d.pathFile("/a")} {
		if err := os.WriteFile(name, []byte("junk"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := d.Save(otherID, "/a", update(9)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("over junk: %v", err)
		}
		save(t, d, otherID, "/a", u)
		if m := mustLoad(t, d, otherID, "/a"); m.Here != point(3) || m.PathVault != otherID {
			t.Errorf("by force over junk: %+v", m)
		}
	}
}

// TestSaveWritesOnlyChanges looks at the files, not at what they say.
func TestSaveWritesOnlyChanges(t *testing.T) {
	d := testDir(t)
	save(t, d, testID, "/a", update(7))
	stat := func() fs.FileInfo {
		info, err := os.Stat(d.vaultFile(testID))
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	before := stat()
	save(t, d, testID, "/a", update(7))
	save(t, d, testID, "/a", update(5))
	if !os.SameFile(before, stat()) {
		t.Error("the file was written again")
	}
	save(t, d, testID, "/a", update(8))
	if os.SameFile(before, stat()) {
		t.Error("the file was changed in place")
	}
	if runtime.GOOS == "windows" {
		return
	}
	err := filepath.WalkDir(filepath.Dir(d.Path), func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		if strings.HasSuffix(name, ".new") {
			t.Errorf("%s was left", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestUnreadable damages each file: that is an error and never absence.
func TestUnreadable(t *testing.T) {
	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b")
	save(t, d, testID, a, update(7))
	save(t, d, testID, b, update(9))
	for _, name := range []string{d.vaultFile(testID), d.pathFile(a)} {
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		check := func(what string) {
			t.Helper()
			_, err := d.Load(testID, a)
			if !errors.Is(err, ErrUnreadable) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s %s: %v", filepath.Base(name), what, err)
			}
			if err := d.Save(testID, a, update(8)); !errors.Is(err, ErrUnreadable) {
				t.Errorf("%s %s: save: %v", filepath.Base(name), what, err)
			}
		}
		for n := range good {
			if err := os.WriteFile(name, good[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			check(fmt.Sprintf("cut to %d bytes", n))
		}
		for what, bad := range map[string][]byte{
			"newer":      bytes.Replace(good, []byte(" 2\n"), []byte(" 3\n"), 1),
			"larger":     append(bytes.Clone(good), make([]byte, maxFile)...),
			"CRLF":       bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")),
			"a line too": append(bytes.Clone(good), "more\n"...),
			"twice":      append(bytes.Clone(good), good...),
			"upper case": bytes.ToUpper(good),
		} {
			if err := os.WriteFile(name, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			check(what)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
		check("a folder")
		os.Remove(name)
		elsewhere := filepath.Join(t.TempDir(), "elsewhere")
		if err := os.WriteFile(elsewhere, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(elsewhere, name); err != nil {
			t.Skip(err)
		}
		check("a symbolic link")
		os.Remove(name)
		if err := os.WriteFile(name, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestVaultFileLost: a path that is remembered with a vault that is not is no new one.
func TestVaultFileLost(t *testing.T) {
	d := testDir(t)
	save(t, d, testID, "/a", update(7))
	if err := os.Remove(d.vaultFile(testID)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Load(testID, "/a"); !errors.Is(err, ErrUnreadable) {
		t.Errorf("load: %v", err)
	}
	if err := d.Save(testID, "/a", update(8)); !errors.Is(err, ErrUnreadable) {
		t.Errorf("save: %v", err)
	}
	u := update(8)
	u.Force = true
	save(t, d, testID, "/a", u)
	if m := mustLoad(t, d, testID, "/a"); m.Here != point(8) {
		t.Errorf("%+v", m)
	}
}

// inTurn makes a change as often as it takes to get the lock: those who wait for it stand
// in no queue, and each change takes as long as the disk.
func inTurn(change func() error) error {
	err := ErrLocked
	for errors.Is(err, ErrLocked) {
		err = change()
	}
	return err
}

// TestSaveTogether saves from many at once, each with a lock of its own, as
// processes do: nobody loses another's line, and commits only rise.
func TestSaveTogether(t *testing.T) {
	d := testDir(t)
	const writers, commits = 8, 20
	shared, copies := folder(t, "shared"), make([]string, writers)
	for w := range copies {
		copies[w] = folder(t, "copy")
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for seq := range uint64(commits) {
				for _, path := range []string{shared, copies[w]} {
					err := inTurn(func() error { return d.Save(testID, path, update(1+seq*writers+uint64(w))) })
					if err != nil {
						t.Error(err)
					}
				}
				m, err := d.Load(testID, shared)
				if err != nil || m.Here.Seq < 1+seq*writers+uint64(w) {
					t.Errorf("%+v, %v", m, err)
				}
			}
		})
	}
	wg.Wait()
	for w := range writers {
		want := point(1 + (commits-1)*writers + uint64(w))
		if m := mustLoad(t, d, testID, copies[w]); m.Here != want || m.Highest != point(commits*writers) {
			t.Errorf("copy %d: %+v", w, m)
		}
	}
}

// TestLostFile takes one of the two files about a vault at a path away: that is no
// absence of a memory, by which an older copy would be a new vault. What a first
// Save leaves that was stopped between its files is none either, and no loss.
func TestLostFile(t *testing.T) {
	path := folder(t, "v")
	for _, lost := range []func(Dir) string{
		func(d Dir) string { return d.vaultFile(testID) },
		func(d Dir) string { return d.pathFile(path) },
	} {
		d := testDir(t)
		save(t, d, testID, path, update(3))
		if err := os.Remove(lost(d)); err != nil {
			t.Fatal(err)
		}
		if m, err := d.Load(testID, path); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%+v, %v", m, err)
		}
	}
	d := testDir(t)
	save(t, d, testID, path, update(3))
	v := vaultMemory{pin: testPin, highest: point(3)}
	if err := errors.Join(os.WriteFile(d.vaultFile(testID), v.marshal(), 0o600), os.Remove(d.pathFile(path))); err != nil {
		t.Fatal(err)
	}
	if m := mustLoad(t, d, testID, path); !m.Known || m.HereKnown || m.Highest != point(3) {
		t.Errorf("%+v", m)
	}
	save(t, d, testID, path, update(4))
	if m := mustLoad(t, d, testID, path); m.Here != point(4) {
		t.Errorf("%+v", m)
	}
}

// TestHighestOfPlaces: where a vault is known at one place, its last commits stand
// in that place's own file.
func TestHighestOfPlaces(t *testing.T) {
	d, path := testDir(t), folder(t, "v")
	save(t, d, testID, path, update(1))
	p, err := d.Prepare(testID, path, update(1), update(2))
	if err == nil {
		err = p.Take()
	}
	if err != nil {
		t.Fatal(err)
	}
	if p, ok, err := d.Highest(testID); p != point(2) || !ok || err != nil {
		t.Error(p, ok, err)
	}
}

// TestManyPaths fills the file: paths that are gone make room.
func TestManyPaths(t *testing.T) {
	d := testDir(t)
	save(t, d, testID, "/", update(1))
	there := t.TempDir()
	v := vaultMemory{pin: testPin, highest: point(1)}
	for i := range maxPlaces - 1 {
		v.places = append(v.places, place{d.Machine, fmt.Sprintf("/gone/%05d", i), point(1), crypto.Replica{}, false})
	}
	i, _ := v.find(d.Machine, there)
	v.places = append(v.places[:i:i], append([]place{{d.Machine, there, point(1), crypto.Replica{}, false}}, v.places[i:]...)...)
	at := pathMemory{path: there, vault: testID, at: point(1)}
	if err := os.WriteFile(d.pathFile(there), at.marshal(), 0o600); err != nil {
		t.Fatal(err)
	}
	b := v.marshal()
	if len(b) > maxFile {
		t.Skipf("%d bytes", len(b))
	}
	if err := os.WriteFile(d.vaultFile(testID), b, 0o600); err != nil {
		t.Fatal(err)
	}
	save(t, d, testID, "/new", update(2))
	if m := mustLoad(t, d, testID, there); !m.HereKnown || m.Here != point(1) {
		t.Errorf("%+v", m)
	}
	if m := mustLoad(t, d, testID, "/gone/00001"); m.HereKnown || m.Highest != point(2) {
		t.Errorf("%+v", m)
	}
}

// TestLongPaths fills the file with bytes before it is full of lines.
func TestLongPaths(t *testing.T) {
	d := testDir(t)
	save(t, d, testID, "/", update(1))
	v := vaultMemory{pin: testPin, highest: point(1)}
	for size, i := len(v.marshal()), 0; ; i++ {
		p := place{d.Machine, fmt.Sprintf("/gone/%05d/%0250d", i, 0), point(1), crypto.Replica{}, false}
		if size += len(p.marshal()); size > maxFile {
			break
		}
		v.places = append(v.places, p)
	}
	if err := os.WriteFile(d.vaultFile(testID), v.marshal(), 0o600); err != nil {
		t.Fatal(err)
	}
	save(t, d, testID, "/new/"+strings.Repeat("n", 300), update(2))
	if m := mustLoad(t, d, testID, "/"); m.Highest != point(2) {
		t.Errorf("%+v", m)
	}
}

func BenchmarkSave(b *testing.B) {
	d := testDir(b)
	seq := uint64(0)
	for b.Loop() {
		seq++
		save(b, d, testID, "/a", update(seq))
	}
}

func BenchmarkSaveUnchanged(b *testing.B) {
	d := testDir(b)
	save(b, d, testID, "/a", update(1))
	for b.Loop() {
		save(b, d, testID, "/a", update(1))
	}
}
