package health

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// The table of file systems: each trait has the level that it deserves.
func TestFileSystemFindings(t *testing.T) {
	for magic, want := range map[int64]Level{
		0x6969: Fault, 0xFF534D42: Fault, 0x01021997: Fault, 0x4D44: Fault, 0x2011BAB0: Fault,
		0x65735546: Advice, 0x794C7630: Advice, 0x01021994: Advice,
		0xEF53: OK, 0x9123683E: OK, 0x58465342: OK,
	} {
		f, ok := magics()[magic]
		if got := f.finding("x"); !ok || got.Level != want || got.Level != OK && got.Remedy.IsZero() {
			t.Errorf("%x: %+v, %t", magic, got, ok)
		}
	}
	for name, want := range map[string]Level{"nfs": Fault, "smbfs": Fault, "exfat": Fault, "macfuse": Advice, "apfs": OK} {
		if got := names()[name].finding("x"); got.Level != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What is a share or a folder of another system is known by its path on Windows.
func TestShareOf(t *testing.T) {
	for path, want := range map[string]bool{
		`\\wsl$\Debian\home\a\v`: true, `\\wsl.localhost\Debian\v`: true, `\\WSL$\x\v`: true, `//wsl$/x/v`: true,
		`\\server\share\v`: true, `\\?\UNC\server\share\v`: true, `//server/share`: true,
		`C:\Users\a\v`: false, `\\?\C:\v`: false, `\\.\C:\v`: false, `C:/v`: false, `v`: false, ``: false, `\v`: false,
	} {
		f, got := shareOf(path)
		if got != want || got && f.finding("x").Level != Fault {
			t.Errorf("%s: %+v, %t", path, f, got)
		}
	}
}

// What a disk without modes or one that is shared is called, and what is said of it.
func TestTraitsOfMagics(t *testing.T) {
	for magic, want := range map[int64]fileSystem{
		0x4D44: {"FAT", modeless}, 0x2011BAB0: {"exFAT", modeless}, 0x5346544E: {"NTFS", modeless},
		0x01021997: {"9p", network}, 0x517B: {"SMB", network}, 0xFE534D42: {"SMB", network}, 0xFF534D42: {"CIFS", network},
	} {
		got := magics()[magic]
		if got != want || !strings.Contains(got.finding("x").Message, want.name) {
			t.Errorf("%x: %+v, want %+v", magic, got, want)
		}
	}
}

func TestFolds(t *testing.T) {
	dir := t.TempDir()
	if Folds(dir) {
		t.Error("an empty folder folds")
	}
	write(t, filepath.Join(dir, "VAULT"))
	if runtime.GOOS == "linux" && Folds(dir) {
		t.Error("this file system folds")
	}
	// What a file system that folds shows: the same file under the other name.
	if err := os.Link(filepath.Join(dir, "VAULT"), filepath.Join(dir, "vault")); err == nil && !Folds(dir) {
		t.Error("not seen")
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// worst is the worst of some findings.
func worst(found []Finding) (l Level) {
	for _, f := range found {
		l = max(l, f.Level)
	}
	return l
}

func TestClock(t *testing.T) {
	at := func(h int) time.Time { return time.Unix(1_700_000_000, 0).Add(time.Duration(h) * time.Hour) }
	for _, c := range []struct {
		now, created, changed time.Time
		want                  Level
	}{
		{at(3), at(1), at(2), OK},
		{at(2), at(1), at(2).Add(time.Minute), OK}, // two machines are never quite the same
		{at(2), at(1), at(3), Fault},
		{at(0), at(1), at(0), Fault},
	} {
		if got := Clock(c.now, c.created, c.changed); worst(got) != c.want || len(got) != 1 {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

func TestSlots(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	days := func(n int) time.Time { return now.Add(-time.Duration(n) * 24 * time.Hour) }
	slot := func(label string, logN int, drilled time.Time) vault.SlotInfo {
		return vault.SlotInfo{Label: label, WorkFactor: logN, Drilled: drilled}
	}
	for name, c := range map[string]struct {
		slots    []vault.SlotInfo
		known    bool
		remedies string
	}{
		"fine":      {[]vault.SlotInfo{slot("a", 18, days(1)), slot("b", 0, time.Time{})}, true, ""},
		"not known": {[]vault.SlotInfo{slot("a", 18, time.Time{}), slot("b", 0, time.Time{})}, false, ""},
		"single":    {[]vault.SlotInfo{slot("a", 0, days(1))}, true, "add_recovery"},
		"weak":      {[]vault.SlotInfo{slot("a", 17, days(1)), slot("b", 0, days(1))}, true, "change_passphrase a"},
		"never":     {[]vault.SlotInfo{slot("a", 0, time.Time{}), slot("b", 0, time.Time{})}, true, "drill"},
		"long ago":  {[]vault.SlotInfo{slot("a", 0, days(181)), slot("b", 0, time.Time{})}, true, "drill"},
	} {
		var remedies []string
		for _, f := range Slots(c.slots, c.known, now) {
			if f.Level != OK {
				remedies = append(remedies, said(f.Remedy))
			}
		}
		if got := strings.Join(remedies, "; "); got != c.remedies {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The memory, where it lies in the vault's own folder.
func TestMemoryInside(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "state", "vaults", "x"))
	if err := os.Chmod(filepath.Join(dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	found := Memory(anchor.Dir{Path: filepath.Join(dir, "state"), Machine: "0123456789abcdef"}, dir, time.Now())
	if worst(found) != Advice {
		t.Errorf("%+v", found)
	}
}

// A link that was put in the place of a file is not followed.
func TestFixFollowsNoLink(t *testing.T) {
	if !hasModes {
		t.Skip("no modes here")
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	write(t, target)
	if err := os.Chmod(target, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if _, err := chmodFix(link, 0o600)(); err == nil {
		t.Error("followed")
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
