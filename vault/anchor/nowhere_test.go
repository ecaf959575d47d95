package anchor

import (
	"errors"
	"os"
	"testing"
	"time"
)

// TestNowhere: a machine that has no place for a memory remembers nothing, says
// so, and takes nothing that lies in the current folder for its memory.
func TestNowhere(t *testing.T) {
	t.Chdir(t.TempDir())
	here := Dir{".", ""}
	save(t, here, testID, "/a", update(3))
	announce(t, here, "/b", Announced{testID, testPin, point(5)})
	if err := errors.Join(here.NoteUsed(testID, 1, time.Unix(1e9, 0)), here.NoteChecked(testID, "/a", time.Unix(1e9, 0)), here.NoteBackup(testID, "/a", time.Unix(1e9, 0))); err != nil {
		t.Fatal(err)
	}
	before := listing(t)

	var d Dir
	for _, path := range []string{"/a", "/b"} {
		if m := mustLoad(t, d, testID, path); m != (Memory{}) {
			t.Errorf("%s: %+v", path, m)
		}
	}
	if ids, err := d.Vaults(); len(ids) > 0 || err != nil {
		t.Errorf("%v, %v", ids, err)
	}
	if _, ok, err := d.Highest(testID); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	if used := d.Used(testID); len(used) > 0 {
		t.Errorf("%v", used)
	}
	if at := d.Checked(testID, "/a"); !at.IsZero() {
		t.Errorf("%v", at)
	}
	if at := d.BackedUp(testID, "/a"); !at.IsZero() {
		t.Errorf("%v", at)
	}
	forced := update(3)
	forced.Force = true
	for what, err := range map[string]error{
		"save":     d.Save(testID, "/a", update(4)),
		"by force": d.Save(testID, "/a", forced),
		"announce": d.Announce("/a", Announced{testID, testPin, point(9)}),
		"used":     d.NoteUsed(testID, 2, time.Unix(1e9, 0)),
		"checked":  d.NoteChecked(testID, "/a", time.Unix(1e9, 0)),
		"backup":   d.NoteBackup(testID, "/a", time.Unix(1e9, 0)),
	} {
		if !errors.Is(err, ErrNowhere) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// There is nothing to take back either.
	if err := errors.Join(d.Withdraw("/b"), d.Forget(testID, "/a")); err != nil {
		t.Error(err)
	}
	if temps := d.Temps(time.Now().Add(time.Hour)); len(temps) > 0 {
		t.Errorf("%v", temps)
	}
	if after := listing(t); after != before {
		t.Errorf("the current folder was changed: %s, %s", before, after)
	}
}

// listing is what is in the current folder.
func listing(t *testing.T) (all string) {
	t.Helper()
	for _, sub := range []string{".", "vaults", "paths", "announced", "used", "checked", "backedup"} {
		entries, err := os.ReadDir(sub)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all += sub + "/" + e.Name() + " "
		}
	}
	return all
}
