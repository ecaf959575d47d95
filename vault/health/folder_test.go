package health

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/anchor"
)

// remedies are those of the findings that are not fine.
func remedies(found []Finding) (list []string) {
	for _, f := range found {
		if f.Level != OK {
			list = append(list, said(f.Remedy))
		}
	}
	return list
}

// Something stands where a folder should be, or where a file should be: the
// remedy throws nothing away that somebody may miss.
func TestMisplaced(t *testing.T) {
	if !hasModes {
		t.Skip("no links here")
	}
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(root, "elsewhere")
	if err := os.Mkdir(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(root, "database")
	if err := errors.Join(os.Mkdir(database, 0o700), os.WriteFile(filepath.Join(database, "MANIFEST"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		make         func(path string) error
		kind, remedy string // V is the vault, R the folder above
	}{
		"db":      {func(p string) error { return os.Symlink(database, p) }, "a symbolic link, and should be a folder", "put_in_place_of_link V/db R/database"},
		"db.new":  {func(p string) error { return os.WriteFile(p, nil, 0o600) }, "a file, and should be a folder", "remove_files V/db.new"},
		"slots":   {func(p string) error { return os.Symlink(elsewhere, p) }, "a symbolic link, and should be a folder", "remove_files V/slots"},
		"VAULT":   {func(p string) error { return os.Mkdir(p, 0o700) }, "a folder, and should be a file", "move V/VAULT R/VAULT"},
		"ballast": {func(p string) error { return os.Symlink(elsewhere, p) }, "a symbolic link, and should be a file", "remove_files V/ballast"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(root, "v-"+name)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.make(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			found := Folder(dir, time.Now())
			want := strings.NewReplacer("V/", dir+"/", "R/", root+"/").Replace(c.remedy)
			if len(found) != 1 || found[0].Level != Fault || !strings.Contains(found[0].Message, c.kind) || said(found[0].Remedy) != want {
				t.Errorf("%+v, want %s: %s", found, c.kind, want)
			}
		})
	}
	broken := filepath.Join(root, "broken")
	if err := os.Mkdir(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "none"), filepath.Join(broken, "db")); err != nil {
		t.Fatal(err)
	}
	want := "move " + filepath.Join(broken, "db") + " " + filepath.Join(root, "db") + ", then restore_replacing"
	if got := remedies(Folder(broken, time.Now())); len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
}

// A file in the place of a state folder is not mended by a mode.
func TestMemoryIsAFile(t *testing.T) {
	root := t.TempDir()
	state := filepath.Join(root, "state")
	d := anchor.Dir{Path: state, Machine: "0123456789abcdef"}
	look := func() []string { return remedies(Memory(d, filepath.Join(root, "v"), time.Now())) }
	write(t, state)
	if got := look(); len(got) != 1 || got[0] != "move "+state+" "+state+".old, or name_other_state" {
		t.Errorf("%q", got)
	}
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	paths := filepath.Join(state, "paths")
	write(t, paths)
	if err := os.Chmod(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := look(); len(got) == 0 || got[0] != "move "+paths+" "+paths+".old" {
		t.Errorf("%q", got)
	}
}

// The remedy for what was left over removes all of it.
func TestMemoryLeftovers(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	d := anchor.Dir{Path: state, Machine: "0123456789abcdef"}
	var want string
	for n, name := range []string{"a.new", "b.new", "c.new", "d.new", "e.new", "f.new"} {
		path := filepath.Join(state, "vaults", name)
		write(t, path)
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(state, 0o700); err != nil {
			t.Fatal(err)
		}
		if want += " " + path; n == 5 {
			want = ""
		}
		found := Memory(d, filepath.Join(t.TempDir(), "v"), time.Now())
		if n == 5 && said(found[0].Remedy) != "fix" || n < 5 && said(found[0].Remedy) != "remove_files"+want {
			t.Errorf("%q, want remove_files%s", said(found[0].Remedy), want)
		}
	}
}

// A link to something else is not made the vault's database.
func TestLinkToNoDatabase(t *testing.T) {
	root := t.TempDir()
	dir, elsewhere := filepath.Join(root, "vault"), filepath.Join(root, "elsewhere")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Mkdir(elsewhere, 0o700), os.Symlink(elsewhere, filepath.Join(dir, "db"))); err != nil {
		t.Fatal(err)
	}
	for _, remedy := range remedies(Folder(dir, time.Now())) {
		if strings.Contains(remedy, elsewhere) {
			t.Error(remedy)
		}
	}
}
