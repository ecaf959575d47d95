package anchor

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"testing"
)

func TestDefaultDir(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of other systems")
	}
	home := func() (string, error) { return "/home/u", nil }
	for _, c := range []struct {
		goos string
		env  map[string]string
		want string
	}{
		{"linux", nil, "/home/u/.local/state/tacit"},
		{"freebsd", nil, "/home/u/.local/state/tacit"},
		{"darwin", nil, "/home/u/Library/Application Support/tacit/state"},
		{"linux", map[string]string{"XDG_STATE_HOME": "/s"}, "/s/tacit"},
		{"darwin", map[string]string{"XDG_STATE_HOME": "/s"}, "/s/tacit"},
		{"linux", map[string]string{"XDG_STATE_HOME": "relative"}, "/home/u/.local/state/tacit"},
		{"windows", map[string]string{"LocalAppData": "/appdata"}, "/appdata/tacit/state"},
	} {
		got, err := defaultDir(c.goos, func(k string) string { return c.env[k] }, home)
		if err != nil || got != c.want {
			t.Errorf("%s %v: %q, %v", c.goos, c.env, got, err)
		}
	}
	homeless := func() (string, error) { return "", errors.New("no home") }
	for _, goos := range []string{"linux", "darwin", "windows"} {
		if _, err := defaultDir(goos, func(string) string { return "" }, homeless); !errors.Is(err, ErrNowhere) {
			t.Errorf("%s without a home: %v", goos, err)
		}
	}
	if d, err := At("relative"); err != nil || !filepath.IsAbs(d.Path) || !isMachine(d.Machine) {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestMachine(t *testing.T) {
	files := func(m map[string]string) func(string) ([]byte, error) {
		return func(name string) ([]byte, error) {
			if s, ok := m[name]; ok {
				return []byte(s), nil
			}
			return nil, fs.ErrNotExist
		}
	}
	none, uuid := func() string { return "" }, func() string { return "6BA7B810-9dad-11d1-80b4-00c04fd430c8" }
	zero := func() string { return "00000000-0000-0000-0000-000000000000" }
	const id = "0123456789abcdef0123456789abcdef"
	etc := machine(files(map[string]string{"/etc/machine-id": id + "\n"}), uuid)
	dbus := machine(files(map[string]string{"/etc/machine-id": "uninitialized\n", "/var/lib/dbus/machine-id": id}), none)
	host := machine(files(nil), uuid)
	if etc != dbus || etc == host {
		t.Error(etc, dbus, host)
	}
	for _, without := range []func() string{none, zero} {
		if m := machine(files(nil), without); m != "" {
			t.Errorf("%q of a system without an id", m)
		}
	}
	for _, m := range []string{etc, host} {
		if !isMachine(m) {
			t.Error(m)
		}
	}
}
