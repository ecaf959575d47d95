package anchor

import (
	"errors"
	"os"
	"testing"
)

func announce(t *testing.T, d Dir, path string, a Announced) {
	t.Helper()
	if err := d.Announce(path, a); err != nil {
		t.Fatal(err)
	}
}

// TestAnnounce: what was announced for a path takes the place of whatever is
// remembered there, once.
func TestAnnounce(t *testing.T) {
	for name, a := range map[string]Announced{
		"the same vault": {testID, testPin, point(9)},
		"another pin":    {testID, otherPin, point(9)},
		"another vault":  {otherID, otherPin, point(3)},
	} {
		d := testDir(t)
		save(t, d, testID, "/a", update(8))
		save(t, d, testID, "/b", update(8))
		announce(t, d, "/a", Announced{otherID, otherPin, point(1)}) // that of before counts no more
		announce(t, d, "/a", a)
		if m := mustLoad(t, d, a.Vault, "/a"); m.Announced != a || m.PathVault != testID {
			t.Errorf("%s: %+v", name, m)
		}
		if m := mustLoad(t, d, a.Vault, "/b"); m.Announced != (Announced{}) {
			t.Errorf("%s: at another path: %+v", name, m)
		}
		if m := mustLoad(t, Dir{d.Path, "ffffffffffffffff"}, a.Vault, "/a"); m.Announced != (Announced{}) {
			t.Errorf("%s: on another machine: %+v", name, m)
		}
		save(t, d, a.Vault, "/a", Update{Pin: a.Pin, Point: a.Point, Announced: true})
		m := mustLoad(t, d, a.Vault, "/a")
		if m.Announced != (Announced{}) || m.PathVault != a.Vault || m.Pin != a.Pin || m.Here != a.Point {
			t.Errorf("%s: afterwards: %+v", name, m)
		}
		// Who comes second changes nothing.
		save(t, d, a.Vault, "/a", Update{Pin: a.Pin, Point: point(12)})
		save(t, d, a.Vault, "/a", Update{Pin: a.Pin, Point: a.Point, Announced: true})
		if m := mustLoad(t, d, a.Vault, "/a"); m.Here != point(12) {
			t.Errorf("%s: the second time: %+v", name, m)
		}
	}
}

// TestAnnounceEnds: an announcement ends with whatever is saved at the path, a
// commit that was seen before too, and allows nothing but itself.
func TestAnnounceEnds(t *testing.T) {
	coming := Announced{otherID, otherPin, point(9)}
	forced := update(2)
	forced.Force = true
	for name, end := range map[string]func(Dir) error{
		"the commit remembered": func(d Dir) error { return d.Save(testID, "/a", update(8)) },
		"a higher commit":       func(d Dir) error { return d.Save(testID, "/a", update(10)) },
		"the user's word":       func(d Dir) error { return d.Save(testID, "/a", forced) },
		"withdrawn":             func(d Dir) error { return d.Withdraw("/a") },
		"forgotten":             func(d Dir) error { return d.Forget(testID, "/a") },
	} {
		d := testDir(t)
		save(t, d, testID, "/a", update(8))
		announce(t, d, "/a", coming)
		for what, u := range map[string]Update{
			"another commit": {Pin: otherPin, Point: point(10), Announced: true},
			"another pin":    {Pin: testPin, Point: point(9), Announced: true},
			"not as such":    {Pin: otherPin, Point: point(9)},
		} {
			if err := d.Save(otherID, "/a", u); !errors.Is(err, ErrRefused) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := end(d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if m := mustLoad(t, d, otherID, "/a"); m.Announced != (Announced{}) || m.Known {
			t.Errorf("%s: %+v", name, m)
		}
		if err := d.Save(otherID, "/a", Update{Pin: otherPin, Point: point(9), Announced: true}); name != "forgotten" && !errors.Is(err, ErrRefused) {
			t.Errorf("%s: it still counts: %v", name, err)
		}
	}
	// Nothing to take back, and no folder made for it.
	d := testDir(t)
	if err := d.Withdraw("/a"); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(d.Path); err == nil {
		t.Error("a state folder was made")
	}
}

// TestAnnouncementUnreadable: one that is damaged is an error, and the user's
// word ends it.
func TestAnnouncementUnreadable(t *testing.T) {
	d := testDir(t)
	save(t, d, testID, "/a", update(8))
	announce(t, d, "/a", Announced{testID, testPin, point(9)})
	name := d.announcedFile("/a")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := os.WriteFile(name, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Load(testID, "/a"); !errors.Is(err, ErrUnreadable) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
		if err := d.Save(testID, "/a", update(9)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("cut to %d bytes, saved: %v", n, err)
		}
	}
	forced := update(8)
	forced.Force = true
	save(t, d, testID, "/a", forced)
	if m := mustLoad(t, d, testID, "/a"); m.Here != point(8) {
		t.Errorf("%+v", m)
	}
}
