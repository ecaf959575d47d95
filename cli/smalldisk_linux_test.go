package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/failure"
)

// smallDisk mounts a disk of so many bytes, where the tests may.
func smallDisk(t *testing.T, size int64) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", size)); err != nil {
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// A disk that fills up while a backup is written: exit code 10, no half of a
// file, and the backup that was to be replaced is as it was.
func TestBackupOnASmallDisk(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("mounts disks")
	}
	c := newClinic(t, t.TempDir())
	var in strings.Builder
	in.WriteString("{")
	for i := range 100 {
		fmt.Fprintf(&in, "%q:%q,", fmt.Sprint("N", i), strings.Repeat("x", 9000))
	}
	in.WriteString(`"LAST":"x"}`)
	secrets := filepath.Join(t.TempDir(), "in.json")
	if err := os.WriteFile(secrets, []byte(in.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(t.TempDir(), "old.bak")
	for _, args := range [][]string{{"set", "A"}, {"backup", old}, {"import", "json", secrets}} {
		if code, out := c.run(args...); code != 0 {
			t.Fatal(out)
		}
	}
	before, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	// Pages are 4 KiB: the old one fits, and from nothing to nearly all of the new.
	fits := (int64(len(before)) + 4095) &^ 4095
	for _, room := range []int64{0, 4 << 10, 300 << 10, 800 << 10} {
		disk := smallDisk(t, fits+room)
		kept := filepath.Join(disk, "kept.bak")
		if err := os.WriteFile(kept, before, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"backup", kept, "--force"},
			{"backup", filepath.Join(disk, "new.bak")},
			{"backup", "--since", kept, filepath.Join(disk, "since.bak")},
			{"backup", "--to-age", filepath.Join(disk, "plain")},
			{"export", "json", "-o", filepath.Join(disk, "out.json")},
			{"restore", kept, "--vault", filepath.Join(disk, "restored"), "--yes"},
		} {
			if code, out := c.run(args...); code != failure.ExitDisk {
				t.Errorf("room for %d: %v: exit code %d: %s", room, args, code, out)
			}
		}
		entries, err := os.ReadDir(disk)
		if err != nil || len(entries) != 1 {
			t.Errorf("room for %d: %v left, %v", room, entries, err)
		}
		if after, err := os.ReadFile(kept); err != nil || !bytes.Equal(after, before) {
			t.Errorf("room for %d: the old backup is another: %v", room, err)
		}
	}
	if code, out := c.run("restore", old, "--check"); code != 0 {
		t.Error(out)
	}
	if code, out := c.run("verify", "--full"); code != 0 {
		t.Error(out)
	}
	whole := filepath.Join(smallDisk(t, 4<<20), "whole.bak")
	if code, out := c.run("backup", whole); code != 0 {
		t.Error(out)
	}
	if code, out := c.run("restore", whole, "--check"); code != 0 || !strings.Contains(out, "102 secrets") {
		t.Error(code, out)
	}
}

// What doctor advises on a full disk works there. A purge works in the ballast's
// room where the copy that it makes is small; where it is not, it says so before
// it has changed anything, and costs nothing.
func TestDoctorOnAFullDisk(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("mounts disks")
	}
	for name, disk := range map[string]func(*testing.T) string{
		"tmpfs": func(t *testing.T) string { return smallDisk(t, 64<<20) },
		"ext4":  extDisk,
	} {
		for _, large := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s large %v", name, large), func(t *testing.T) { doctorOnAFullDisk(t, disk(t), large) })
		}
	}
}

func doctorOnAFullDisk(t *testing.T, dir string, large bool) {
	c := newClinic(t, dir)
	for _, name := range []string{"A", "B"} {
		if code, out := c.run("set", name); code != 0 {
			t.Fatal(out)
		}
	}
	if large {
		var in strings.Builder
		for i := range 500 {
			fmt.Fprintf(&in, "N%d=%s\n", i, strings.Repeat("x", 9000))
		}
		file := filepath.Join(t.TempDir(), "in.env")
		if err := os.WriteFile(file, []byte(in.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out := c.run("import", "dotenv", file); code != 0 {
			t.Fatal(out)
		}
	}
	fillDisk(t, dir)
	code, out := c.run("doctor")
	if code != 1 || !strings.Contains(out, "rm NAME works") || strings.Contains(out, "--purge NAME still") {
		t.Errorf("doctor: exit %d: %s", code, out)
	}
	code, out = c.run("rm", "--purge", "--yes", "B")
	if got, _ := c.run("get", "B"); large && (code != failure.ExitDisk || got != 0 || !strings.Contains(out, "nothing is deleted")) || !large && (code != 0 || got != failure.ExitNotFound) {
		t.Errorf("rm --purge: exit %d, get B: exit %d: %s", code, got, out)
	}
	if code, out := c.run("rm", "A"); code != 0 {
		t.Errorf("rm: exit %d: %s", code, out)
	}
	if code, out := c.run("get", "A"); code != failure.ExitNotFound {
		t.Errorf("get A: exit %d: %s", code, out)
	}
}

// fillDisk leaves nothing free.
func fillDisk(t *testing.T, dir string) {
	t.Helper()
	hog, err := os.Create(filepath.Join(dir, "hog"))
	if err != nil {
		t.Fatal(err)
	}
	defer hog.Close()
	for block := make([]byte, 1<<20); len(block) > 0; block = block[:len(block)/2] {
		for err = nil; err == nil; {
			_, err = hog.Write(block)
		}
	}
}

// extDisk mounts an ext4 on a file.
func extDisk(t *testing.T) string {
	t.Helper()
	image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 64<<20); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"mkfs.ext4", "-q", "-m", "0", image}, {"mount", "-o", "loop", image, dir}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Skipf("no disk on a file: %v: %s", err, out)
		}
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	return dir
}
