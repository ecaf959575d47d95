package keyring

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/tacit-vault/tacit/crypto"
)

func TestIdentityFileIsWhatCreateMade(t *testing.T) {
	for _, pq := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "new", "folders", "id.txt")
		recipient, err := CreateIdentityFile(path, pq)
		if err != nil {
			t.Fatal(err)
		}
		warned := ""
		id, err := IdentityFile(path, FileOptions{Warn: func(s string) { warned = s }})
		if err != nil {
			t.Fatal(err)
		}
		if warned != "" {
			t.Errorf("a warning about our own file: %s", warned)
		}
		if got, err := id.Recipients(); err != nil || len(got) != 1 || got[0] != recipient {
			t.Errorf("recipients %v, want %s", got, recipient)
		}
		if id.Name() != "identity file "+path {
			t.Errorf("name %q", id.Name())
		}
		opensSlot(t, id, recipient)
	}
}

func opensSlot(t *testing.T, id Identity, recipient string) {
	t.Helper()
	lock, err := crypto.Recipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	file, err := lock.Wrap([]byte("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := crypto.Slot{ID: 1, Label: "a", Kind: lock.Kind(), Sum: crypto.Sum(file)}
	if got, err := id.Unwrap(context.Background(), s, file); err != nil || string(got) != "x\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestCreateWritesWhatAgeKeygenWrites holds the text against its form, and
// against age's own parser.
func TestCreateWritesWhatAgeKeygenWrites(t *testing.T) {
	form := regexp.MustCompile(`^# created: 2026-03-04T05:06:07Z\n# public key: (age1\S+)\nAGE-SECRET-KEY-(PQ-)?1[A-Z0-9]+\n$`)
	for _, pq := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "id.txt")
		recipient, err := create(path, pq, time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m := form.FindSubmatch(text)
		if m == nil || string(m[1]) != recipient || (len(m[2]) > 0) != pq {
			t.Errorf("pq %v: not age-keygen's form", pq)
		}
		if ids, err := age.ParseIdentities(bytes.NewReader(text)); err != nil || len(ids) != 1 {
			t.Errorf("age reads %d identities, %v", len(ids), err)
		}
	}
}

func TestCreateModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "id.txt")
	if _, err := CreateIdentityFile(path, false); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]fs.FileMode{
		path: 0o600, filepath.Dir(path): 0o700 | fs.ModeDir, filepath.Join(dir, "a"): 0o700 | fs.ModeDir,
	} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v", p, info.Mode())
		}
	}
}

func TestCreateNeverOverwrites(t *testing.T) {
	path := write(t, canary)
	if _, err := CreateIdentityFile(path, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != canary {
		t.Error("the file was changed")
	}
	dangling := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("nowhere", dangling); err != nil {
		t.Skip(err)
	}
	if _, err := CreateIdentityFile(dangling, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a dangling link: %v", err)
	}
	if _, err := CreateIdentityFile(filepath.Join(path, "id.txt"), false); err == nil {
		t.Error("made under a file")
	}
}

func TestIdentityFileRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"missing":       {filepath.Join(dir, "none"), fs.ErrNotExist},
		"folder":        {dir, ErrSource},
		"empty":         {write(t, ""), ErrEmpty},
		"blank":         {write(t, " \n\t\r\n\n"), ErrEmpty},
		"comments":      {write(t, "# created: today\n\n# x"), ErrEmpty},
		"garbage":       {write(t, canary), crypto.ErrMalformed},
		"bad identity":  {write(t, "AGE-SECRET-KEY-1"+canary), crypto.ErrMalformed},
		"recipient":     {write(t, "age1"+canary), crypto.ErrMalformed},
		"SSH key":       {write(t, "-----BEGIN OPENSSH PRIVATE KEY-----\n"+canary), ErrNotLinked},
		"too big":       {write(t, strings.Repeat("#\n", MaxIdentityFile/2)+canary), ErrTooBig},
		"far too big":   {write(t, strings.Repeat("#"+canary, MaxIdentityFile)), ErrTooBig},
		"second is bad": {write(t, good(t)+"\n"+canary), crypto.ErrMalformed},
	} {
		id, err := IdentityFile(c.path, FileOptions{})
		if !errors.Is(err, c.want) || id != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: the error does not name the file: %v", name, err)
		}
		quiet(t, err)
	}
}

func good(t *testing.T) string {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

func TestIdentityFileAtItsLimit(t *testing.T) {
	id := good(t) + "\r\n"
	path := write(t, id+strings.Repeat("#", MaxIdentityFile-len(id)))
	if _, err := IdentityFile(path, FileOptions{}); err != nil {
		t.Error(err)
	}
}

func TestIdentityFileWarnsOfOpenModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes")
	}
	for mode, warns := range map[fs.FileMode]bool{0o600: false, 0o400: false, 0o700: false, 0o644: true, 0o640: true, 0o604: true, 0o620: true} {
		path := write(t, good(t))
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		warned := ""
		if _, err := IdentityFile(path, FileOptions{Warn: func(s string) { warned = s }}); err != nil {
			t.Errorf("%04o: %v", mode, err)
		}
		if (warned != "") != warns || warns && !strings.Contains(warned, path) {
			t.Errorf("%04o: %q", mode, warned)
		}
	}
}

func TestDefaultIdentityPath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("other folders")
	}
	for _, c := range []struct{ xdg, home, want string }{
		{"/x", "/h", "/x/tacit/identity.txt"},
		{"", "/h", "/h/.config/tacit/identity.txt"},
		{"relative", "/h", "/h/.config/tacit/identity.txt"},
		{"", "", ""},
	} {
		t.Setenv("XDG_CONFIG_HOME", c.xdg)
		t.Setenv("HOME", c.home)
		if got := DefaultIdentityPath(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// The buffer grows in steps: nothing is lost or added at any of them.
func TestReadAll(t *testing.T) {
	for _, n := range []int{0, 1, 4<<10 - 1, 4 << 10, 4<<10 + 1, 16 << 10, 16<<10 + 1, MaxIdentityFile, MaxIdentityFile + 1} {
		want := strings.Repeat("0123456", n/7+1)[:n]
		got, err := readAll(strings.NewReader(want))
		if err != nil || string(got) != want {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
	}
	got, err := readAll(strings.NewReader(strings.Repeat("x", 2*MaxIdentityFile)))
	if err != nil || len(got) != MaxIdentityFile+1 {
		t.Errorf("too many bytes: got %d, %v", len(got), err)
	}
}
