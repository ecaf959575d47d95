package anchor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// attach attaches a vault, or ends the test.
func attach(t *testing.T, d Dir, a Attachment) {
	t.Helper()
	if err := d.Attach(a); err != nil {
		t.Fatal(err)
	}
}

func attached(t *testing.T, d Dir, folder string) []Attachment {
	t.Helper()
	list, err := d.Attached(folder)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAttach(t *testing.T) {
	t.Parallel()
	d, app := testDir(t), folder(t, "app")
	if d.Attaches() || attached(t, d, app) != nil {
		t.Error("something is attached before anything was")
	}
	if err := d.Detach(app, ""); err != nil {
		t.Errorf("detaching nothing: %v", err)
	}
	if _, err := os.Stat(d.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder was made to forget: %v", err)
	}
	prod, plain := Attachment{app, "prod", "/v/prod"}, Attachment{app, "", "/v/ä b"}
	attach(t, d, prod)
	attach(t, d, plain)
	if got := attached(t, d, app); !slices.Equal(got, []Attachment{plain, prod}) || !d.Attaches() {
		t.Errorf("%v", got)
	}
	if err := d.Attach(Attachment{app, "prod", "/v/other"}); !errors.Is(err, ErrAttached) {
		t.Errorf("a second one under a name: %v", err)
	}
	other := d
	other.Machine = "8011223344556677"
	if got := attached(t, other, app); got != nil {
		t.Errorf("another machine: %v", got)
	}
	attach(t, other, Attachment{"/z", "", "/v"})
	list, err := d.Attachments()
	if err != nil || !slices.Equal(list, []Attachment{plain, prod}) {
		t.Errorf("all of this machine's: %v, %v", list, err)
	}
	for _, env := range []string{"none", "", "prod", "prod"} {
		if err := d.Detach(app, env); err != nil {
			t.Errorf("detaching %q: %v", env, err)
		}
	}
	if got := attached(t, d, app); got != nil {
		t.Errorf("after all was detached: %v", got)
	}
	if entries, err := os.ReadDir(d.file(foldersDir)); err != nil || len(entries) > 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

func TestAttachLimit(t *testing.T) {
	t.Parallel()
	d, app := testDir(t), folder(t, "app")
	for i := range MaxAttached {
		attach(t, d, Attachment{app, fmt.Sprintf("e%d", i), "/" + strings.Repeat("v", 4000)})
	}
	if err := d.Attach(Attachment{app, "more", "/v"}); !errors.Is(err, ErrTooMany) {
		t.Errorf("%v", err)
	}
	if got := attached(t, d, app); len(got) != MaxAttached {
		t.Errorf("%d attached", len(got))
	}
}

// Of two processes that attach at once, neither undoes what the other did.
func TestAttachAtOnce(t *testing.T) {
	t.Parallel()
	d, app := testDir(t), folder(t, "app")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			err := inTurn(func() error { return d.Attach(Attachment{app, fmt.Sprintf("e%d", i), "/v"}) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := attached(t, d, app); len(got) != 8 {
		t.Errorf("%v", got)
	}
}

// What cannot be read is never taken for nothing, and is replaced by nothing but a
// detachment of everything.
func TestAttachUnreadable(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(file string) error{
		"damaged": func(file string) error {
			return os.WriteFile(file, []byte("tacit-attached 1\nfolder /a\nend\n"), 0o600)
		},
		"newer":  func(file string) error { return os.WriteFile(file, []byte("tacit-attached 2\nend\n"), 0o600) },
		"empty":  func(file string) error { return os.Truncate(file, 0) },
		"large":  func(file string) error { return os.Truncate(file, maxFile+1) },
		"folder": func(file string) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			d, app := testDir(t), folder(t, "app")
			attach(t, d, Attachment{app, "", "/v"})
			attach(t, d, Attachment{"/other", "", "/v"})
			if err := spoil(d.attachedFile(app)); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Attached(app); !errors.Is(err, ErrUnreadable) {
				t.Errorf("attached: %v", err)
			}
			for op, err := range map[string]error{
				"attach": d.Attach(Attachment{app, "dev", "/v"}), "detach": d.Detach(app, ""),
			} {
				if !errors.Is(err, ErrUnreadable) {
					t.Errorf("%s: %v", op, err)
				}
			}
			if list, err := d.Attachments(); !errors.Is(err, ErrUnreadable) || len(list) != 1 {
				t.Errorf("all: %v, %v", list, err)
			}
			if err := d.DetachAll(app); err != nil {
				t.Errorf("detach all: %v", err)
			}
			if got := attached(t, d, app); got != nil {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestAttachNowhere(t *testing.T) {
	t.Parallel()
	if err := (Dir{}).Attach(Attachment{"/a", "", "/v"}); !errors.Is(err, ErrNowhere) {
		t.Errorf("%v", err)
	}
	if list, err := (Dir{}).Attachments(); list != nil || err != nil || (Dir{}).Attaches() {
		t.Errorf("%v, %v", list, err)
	}
}

// A moved folder is known by what it is. A new one in its place is not it.
func TestOrigin(t *testing.T) {
	t.Parallel()
	d, app := testDir(t), folder(t, "app")
	if identityOf(app) == "" {
		t.Skip("this file system does not tell when a folder was made")
	}
	attach(t, d, Attachment{app, "", "/v"})
	if at := d.Origin(app); at != "" {
		t.Errorf("in its place: %s", at)
	}
	to := filepath.Join(filepath.Dir(app), "renamed")
	if err := errors.Join(os.Rename(app, to), os.Mkdir(app, 0o700)); err != nil {
		t.Fatal(err)
	}
	if at := d.Origin(to); at != app {
		t.Errorf("moved: %q", at)
	}
	if at := d.Origin(app); at != "" {
		t.Errorf("another one in its place: %s", at)
	}
	if err := d.Detach(app, ""); err != nil {
		t.Fatal(err)
	}
	if at := d.Origin(to); at != "" {
		t.Errorf("detached: %s", at)
	}
}

func TestIsEnv(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dev", "prod-2", "1", "a_b", strings.Repeat("a", 40)} {
		if !IsEnv(name) {
			t.Errorf("%q is none", name)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "Prod", "-a", "_a", "a b", "a.b", "a\x00", "ä", "@a", strings.Repeat("a", 41)} {
		if IsEnv(name) {
			t.Errorf("%q is one", name)
		}
	}
}
