package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A group's folder on a disk that is mounted for reading, or is full: sync says which
// address it was, loses nothing, and goes on when there is room.
func TestGroupOnABadDisk(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, 8<<20)
	c := newClinic(t, t.TempDir())
	place := filepath.Join(disk, "place")
	c.must("group", "create", "web", "--all", "--yes", "--at", place, "--label", "me", "--no-recovery")
	c.must("sync")

	remount := func(flags uintptr) {
		t.Helper()
		if err := unix.Mount("", disk, "", unix.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(unix.MS_RDONLY)
	if out := c.must("sync"); strings.Contains(out, "warning") {
		t.Errorf("nothing was to be written: %s", out)
	}
	c.must("set", "A")
	if out := c.must("sync"); !strings.Contains(out, place+": not allowed there") {
		t.Errorf("it is not said that the disk is read-only: %s", out)
	}
	remount(0)
	fill := filepath.Join(disk, "fill")
	if err := os.WriteFile(fill, make([]byte, 16<<20), 0o600); err == nil {
		t.Fatal("the disk is not small")
	}
	if out := c.must("sync"); !strings.Contains(out, place+": there is no room left") {
		t.Errorf("it is not said that the disk is full: %s", out)
	}
	if out := c.must("group", "show", "web"); !strings.Contains(out, "1 file that an address lacks") {
		t.Errorf("what waits is not told: %s", out)
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	if out := c.must("sync"); strings.Contains(out, "warning") {
		t.Error(out)
	}
	if out := c.must("group", "show", "web"); !strings.Contains(out, "0 files that an address lacks") {
		t.Errorf("something still waits: %s", out)
	}
}

// must runs a command that has to succeed, and returns what it said.
func (c *clinic) must(args ...string) string {
	c.t.Helper()
	code, out := c.run(args...)
	if code != 0 {
		c.t.Fatalf("%v: exit code %d: %s", args, code, out)
	}
	return out
}

// Somebody has put 100,000 files into a group's folder, which look like what members
// write: sync passes over them.
func TestGroupAmongManyFiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("makes 100,000 files")
	}
	c := newClinic(t, t.TempDir())
	place := t.TempDir()
	c.must("set", "A")
	c.must("group", "create", "web", "--all", "--yes", "--at", place, "--label", "me", "--no-recovery")
	feeds, err := filepath.Glob(filepath.Join(place, "w", "*", "*"))
	if err != nil || len(feeds) != 1 {
		t.Fatal(feeds, err)
	}
	id := filepath.Base(filepath.Dir(feeds[0]))
	for _, dir := range []string{filepath.Join(place, "j", id), filepath.Join(place, "k", id), filepath.Join(place, "w", id), filepath.Join(place, "w", strings.Repeat("0", 32))} {
		for n := range 250 {
			sub := filepath.Join(dir, fmt.Sprintf("%016x", n+1))
			if err := os.MkdirAll(sub, 0o700); err != nil {
				t.Fatal(err)
			}
			for i := range 100 {
				name := fmt.Sprintf("%016x.tacit", i+1)
				if strings.Contains(dir, string(filepath.Separator)+"w"+string(filepath.Separator)) {
					name = fmt.Sprintf("%010d.tacit", i+1)
				}
				if err := os.WriteFile(filepath.Join(sub, name), []byte("no bundle"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	c.must("set", "B")
	began := time.Now()
	c.must("sync")
	c.must("set", "C")
	c.must("sync")
	t.Logf("two syncs among 100,000 files took %s", time.Since(began))
	if out := c.must("group", "show", "web"); !strings.Contains(out, "0 files that an address lacks") {
		t.Errorf("something waits: %s", out)
	}
}

// Clocks of 1970 and of 2036 among members: values arrive, nothing is lost, and how old
// they are is only told where it is asked for.
func TestGroupClocks(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{time.Unix(1, 0), time.Date(2036, 2, 8, 0, 0, 0, 0, time.UTC)} {
		place := t.TempDir()
		owner, member := newClinic(t, t.TempDir()), newClinicAt(t, t.TempDir(), func() time.Time { return at })
		owner.must("set", "A")
		owner.must("group", "create", "web", "--all", "--yes", "--at", place, "--label", "me", "--no-recovery")
		code := owner.must("group", "invite", "web", "--role", "writer", "--label", "kim")
		file := filepath.Join(t.TempDir(), "code")
		if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		member.must("join", "--code-file", file, "--label", "kim")
		owner.must("sync")
		member.must("sync")
		member.must("get", "A")
		if code, out := member.run("get", "A", "--max-age", "1h"); code != 8 || !strings.Contains(out, "sync web") || strings.Contains(out, "last heard of -") {
			t.Errorf("%s: exit code %d: %s", at, code, out)
		}
		member.must("set", "B")
		member.must("sync")
		owner.must("sync")
		owner.must("get", "B", "--max-age", "1h") // the member's clock does not count
		owner.must("set", "B2")
		owner.must("sync")
		member.must("sync")
		member.must("get", "B2")
		for _, c := range []*clinic{owner, member} {
			if out := c.must("conflicts"); strings.Contains(out, "concurrent") {
				t.Errorf("%s: %s", at, out)
			}
			c.must("group", "show", "web")
			c.must("verify")
		}
	}
}
