package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// clinic is a vault with an environment of its own, examined in this process.
type clinic struct {
	t   *testing.T
	env map[string]string
	now func() time.Time
}

func newClinic(t *testing.T, root string) *clinic { return newClinicAt(t, root, time.Now) }

// newClinicAt is newClinic by another clock.
func newClinicAt(t *testing.T, root string, now func() time.Time) *clinic {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	c := &clinic{t: t, now: now, env: map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, "config"), "XDG_STATE_HOME": filepath.Join(home, "state"),
		"TACIT_VAULT": filepath.Join(root, "vault"), "TACIT_IDENTITY": filepath.Join(home, "key"), "TACIT_AGENT": "off",
	}}
	if code, out := c.run("init"); code != 0 {
		t.Fatal(out)
	}
	return c
}

// run runs a command line, and returns its exit code and all that it printed.
func (c *clinic) run(args ...string) (code int, out string) {
	c.t.Helper()
	var b bytes.Buffer
	app := New()
	app.In, app.Out, app.Err = strings.NewReader("value"), &b, &b
	app.Env = func(name string) string { return c.env[name] }
	app.Environ = func() []string { return nil }
	app.Now = func() time.Time { return c.now() }
	app.TTY = nil
	args = append([]string{"--state", filepath.Join(c.env["HOME"], "state")}, args...)
	return app.Run(c.t.Context(), args), b.String()
}

// finds asks that doctor exits with code and says text, under level.
func (c *clinic) finds(code int, level, text string) {
	c.t.Helper()
	got, out := c.run("doctor", "--json")
	line, _, _ := strings.Cut(out, "\n")
	var j struct {
		Findings []struct{ Level, Message, Remedy string }
	}
	if err := json.Unmarshal([]byte(line), &j); err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	found := false
	for _, f := range j.Findings {
		if f.Level == level && strings.Contains(f.Message, text) {
			found = true
			if level != "ok" && f.Remedy == "" {
				c.t.Errorf("no remedy: %s", f.Message)
			}
		}
	}
	if got != code || !found {
		c.t.Errorf("exit code %d, want %d; no %s %q in %s", got, code, level, text, out)
	}
}

// The clock is moved through App.Now: behind the vault's day, and behind its
// last change.
func TestDoctorClock(t *testing.T) {
	t.Parallel()
	c := newClinic(t, t.TempDir())
	c.finds(0, "ok", "clock is not behind")
	c.now = func() time.Time { return time.Now().Add(-48 * time.Hour) }
	c.finds(1, "fault", "before the day on which the vault was made")
	c.now = func() time.Time { return time.Now().Add(24 * time.Hour) }
	if code, out := c.run("set", "A"); code != 0 {
		t.Fatal(out)
	}
	c.now = time.Now
	c.finds(1, "fault", "last changed in the future")
}

// A full disk, one mounted for reading, one that takes no more files.
func TestDoctorDisk(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	mount := func(flags uintptr, options string) {
		t.Helper()
		if err := unix.Mount("tmpfs", disk, "tmpfs", flags, options); err != nil {
			t.Skipf("no right to mount a small disk: %v", err)
		}
	}
	mount(0, "size=64m,nr_inodes=200,mode=0700")
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	c := newClinic(t, disk)
	c.finds(0, "advice", "lies on tmpfs")

	filler := filepath.Join(disk, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	var s unix.Statfs_t
	if err := unix.Statfs(disk, &s); err != nil {
		t.Fatal(err)
	}
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(s.Bavail)*int64(s.Bsize)-(1<<20)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	c.finds(1, "fault", "1.0 MiB are free")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	c.finds(0, "ok", "are free")

	for i := range 120 {
		if err := os.WriteFile(filepath.Join(disk, "f"+strings.Repeat("x", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.finds(1, "fault", "more files")
	mount(unix.MS_REMOUNT|unix.MS_RDONLY, "size=64m,nr_inodes=400,mode=0700")
	c.finds(0, "advice", "mounted for reading")
	mount(unix.MS_REMOUNT, "size=64m,nr_inodes=400,mode=0700")
	c.finds(0, "ok", "are free")
}
