//go:build unix

package folder

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// TestLinksAndPipes: nothing is followed, waited for or written through.
func TestLinksAndPipes(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret")
	f := quick(t, dir)
	put(t, f, change(1), "x")
	at := func(key string) string { return filepath.Join(dir, filepath.FromSlash(file(key))) }
	err := errors.Join(
		os.WriteFile(secret, []byte("secret"), 0o600),
		os.Symlink(secret, at(change(2))),
		os.Symlink(filepath.Base(at(change(1))), at(change(3))), // to one of ours
		unix.Mkfifo(at(change(4)), 0o600),
		os.Symlink(at(change(5)), at(change(5))),
		os.Symlink(outside, filepath.Join(dir, "b")),                 // a folder elsewhere
		os.Symlink(filepath.Join(dir, "w"), filepath.Join(dir, "h")), // and one of ours
	)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	list, err := f.List(ctx, "", "")
	if err != nil || !slices.Equal(list, []string{change(1)}) {
		t.Errorf("%q, %v", list, err)
	}
	for _, key := range []string{change(2), change(3), change(4), change(5), beat, transport.HintKey(group, member)} {
		if b, err := f.Get(ctx, key); !errors.Is(err, transport.ErrNone) {
			t.Errorf("%s: %q, %v", key, b, err)
		}
		if err := f.Put(ctx, key, []byte("y"), nil); !errors.Is(err, transport.ErrTaken) {
			t.Errorf("putting %s: %v", key, err)
		}
	}
	if err := f.Wait(ctx, ""); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(secret); string(b) != "secret" {
		t.Errorf("%q, %v", b, err)
	}
	if entries, err := os.ReadDir(outside); len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if err := transport.Delete(ctx, f, change(2)); err != nil { // the link itself
		t.Error(err)
	}
	if _, err := os.Stat(secret); err != nil {
		t.Error(err)
	}
	// The lock and the folder of files under way, exchanged for what leads elsewhere.
	lock := filepath.Join(dir, tempDir, lockName)
	if err := errors.Join(os.Remove(lock), os.Symlink(secret, lock)); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(ctx, change(9), []byte("y"), nil); !errors.Is(err, transport.ErrTaken) {
		t.Error(err)
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, tempDir)), os.Symlink(outside, filepath.Join(dir, tempDir))); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(ctx, change(9), []byte("y"), nil); !errors.Is(err, transport.ErrTaken) {
		t.Error(err)
	}
}

// TestModes: what is put is as open to others as the folder is, whatever the process
// makes for itself.
func TestModes(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o775|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	f := quick(t, dir)
	put(t, f, change(1), "x")
	for name, want := range map[string]os.FileMode{file(change(1)): 0o664, "w": os.ModeDir | os.ModeSetgid | 0o775, "tmp/lock": 0o664} {
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil || info.Mode() != want {
			t.Errorf("%s has mode %v, want %v; %v", name, info.Mode(), want, err)
		}
	}
}

// TestGit: git takes what is put, without the files under way, and gives it back byte
// for byte where it is set to change line ends.
func TestGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	top := t.TempDir()
	git := func(dir string, args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "core.autocrlf=true"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	work, dir := filepath.Join(top, "work"), filepath.Join(top, "work", "secrets")
	if err := Make(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(work, ".gitattributes"), []byte("* text\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := quick(t, dir)
	const data = "tacit-bundle 1\nunix\nlines\r\nand others\n"
	put(t, f, change(1), data)
	put(t, f, beat, data)
	git(work, "init", "-q")
	git(work, "add", ".")
	git(work, "commit", "-q", "-m", "x")
	want := ".gitattributes\nsecrets/.gitattributes\nsecrets/" + file(beat) + "\nsecrets/" + file(change(1)) + "\n"
	if got := git(work, "ls-files"); got != want {
		t.Errorf("git has %s", got)
	}
	git(top, "clone", "-q", "work", "other")
	other := quick(t, filepath.Join(top, "other", "secrets"))
	for _, key := range []string{change(1), beat} {
		if b, err := other.Get(context.Background(), key); err != nil || string(b) != data {
			t.Errorf("%s: %q, %v", key, b, err)
		}
	}
	if got := git(filepath.Join(top, "other"), "status", "--porcelain"); got != "" {
		t.Errorf("the clone is changed: %s", got)
	}
}
