//go:build unix

package health

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// gitTree makes a folder for a vault in a git tree.
func gitTree(t *testing.T) (dir, ignore string) {
	t.Helper()
	root := t.TempDir()
	dir = filepath.Join(root, ".tacit")
	for _, folder := range []string{filepath.Join(root, ".git"), dir} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir, filepath.Join(dir, ".gitignore")
}

// Whoever can write to the vault's folder has put something else in the place of
// .gitignore: it is neither waited on, nor read to an end that never comes, nor
// written through, and its remedy takes it away.
func TestGitPlanted(t *testing.T) {
	for name, plant := range map[string]func(t *testing.T, path string) error{
		"pipe":         func(_ *testing.T, p string) error { return syscall.Mkfifo(p, 0o600) },
		"endless":      func(_ *testing.T, p string) error { return os.Symlink("/dev/zero", p) },
		"link":         func(t *testing.T, p string) error { return os.Symlink(precious(t), p) },
		"hanging link": func(t *testing.T, p string) error { return os.Symlink(filepath.Join(t.TempDir(), "none"), p) },
		"folder":       func(_ *testing.T, p string) error { return os.Mkdir(p, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, ignore := gitTree(t)
			if err := plant(t, ignore); err != nil {
				t.Fatal(err)
			}
			found := Git(dir)
			if len(found) != 1 || found[0].Level != Fault || found[0].Fix != nil {
				t.Fatalf("%+v", found)
			}
			want := "remove_files " + ignore
			if name == "folder" {
				want = "move " + ignore + " " + filepath.Join(filepath.Dir(dir), ".gitignore")
			}
			if got := said(found[0].Remedy); got != want+", then fix" {
				t.Error(got)
			}
		})
	}
}

// precious is somebody's file that nothing may write to.
func precious(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "precious")
	write(t, path)
	t.Cleanup(func() {
		if b, err := os.ReadFile(path); err != nil || string(b) != "x" {
			t.Errorf("it was written to: %q, %v", b, err)
		}
	})
	return path
}

// A link that is put there between the look and --fix is replaced, not followed.
func TestGitFixFollowsNoLink(t *testing.T) {
	dir, ignore := gitTree(t)
	found := Git(dir)
	if len(found) != 1 || found[0].Fix == nil || said(found[0].Remedy) != "fix" {
		t.Fatalf("%+v", found)
	}
	if err := os.Symlink(precious(t), ignore); err != nil {
		t.Fatal(err)
	}
	if _, err := found[0].Fix(); err != nil {
		t.Fatal(err)
	}
	if found := Git(dir); worst(found) != OK {
		t.Errorf("%+v", found)
	}
}

// What git or a shell writes has mode 0644, and holds no secret.
func TestGitignoreMode(t *testing.T) {
	dir, ignore := gitTree(t)
	for mode, want := range map[os.FileMode]Level{0o644: OK, 0o666: Fault} {
		if err := os.WriteFile(ignore, []byte("*\n"), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(ignore, mode); err != nil {
			t.Fatal(err)
		}
		if found := Folder(dir, time.Now()); worst(found) != want {
			t.Errorf("%o: %+v", mode, found)
		}
	}
}

// A remedy overwrites nothing: the name that it moves to is not taken.
func TestMoveOut(t *testing.T) {
	dir, _ := gitTree(t)
	notes := filepath.Join(dir, "notes")
	write(t, notes)
	up := filepath.Join(filepath.Dir(dir), "notes")
	for _, taken := range []string{"", up, up + ".2"} {
		want := up
		if taken != "" {
			write(t, taken)
			want = up + ".2"
		}
		if taken == up+".2" {
			want = up + ".3"
		}
		if got := besideOf(dir, notes); got != want {
			t.Errorf("with %s: %s", taken, got)
		}
	}
}
