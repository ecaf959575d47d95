package anchor

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestForget(t *testing.T) {
	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b")
	if err := d.Forget(testID, a); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	if _, err := os.Stat(d.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder was made to forget: %v", err)
	}
	save(t, d, testID, a, update(7))
	save(t, d, testID, b, update(9))
	if err := d.Forget(testID, a); err != nil {
		t.Fatal(err)
	}
	if m := mustLoad(t, d, testID, a); m.PathKnown || m.HereKnown || m.Highest != point(9) {
		t.Errorf("%+v", m)
	}
	if err := d.Forget(otherID, b); err != nil {
		t.Fatal(err)
	}
	if m := mustLoad(t, d, testID, b); !m.PathKnown || !m.HereKnown {
		t.Errorf("another vault's entry was forgotten: %+v", m)
	}
	for range 2 {
		if err := d.Forget(testID, b); err != nil {
			t.Fatal(err)
		}
	}
	if m := mustLoad(t, d, testID, b); m != (Memory{}) {
		t.Errorf("after the last path: %+v", m)
	}
	save(t, d, testID, a, update(7))
	for _, name := range []string{d.vaultFile(testID), d.pathFile(a)} {
		if err := os.WriteFile(name, []byte("junk"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Forget(testID, a); err != nil {
		t.Fatal(err)
	}
	if m := mustLoad(t, d, testID, a); m != (Memory{}) {
		t.Errorf("junk: %+v", m)
	}
}
