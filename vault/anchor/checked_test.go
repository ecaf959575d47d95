package anchor

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestChecked(t *testing.T) {
	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b")
	at := time.Unix(1e9, 0).UTC()
	if !d.Checked(testID, a).IsZero() {
		t.Error("a check that never was")
	}
	if _, err := os.Stat(d.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder was made to look: %v", err)
	}
	for range 2 {
		if err := d.NoteChecked(testID, a, at); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.Checked(testID, a); !got.Equal(at) {
		t.Errorf("%v", got)
	}
	if !d.Checked(testID, b).IsZero() || !d.Checked(otherID, a).IsZero() {
		t.Error("the check of another copy, or of another vault, is taken for its own")
	}
	for _, junk := range []string{"", "x", testID.String() + " x\n", testID.String() + " -5\n", testID.String() + " 99999999999999\n"} {
		if err := os.WriteFile(d.checkedFile(a), []byte(junk), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := d.Checked(testID, a); !got.IsZero() {
			t.Errorf("%q is read as %v", junk, got)
		}
	}
	if err := errors.Join(d.NoteChecked(testID, a, at), d.Forget(testID, a)); err != nil {
		t.Fatal(err)
	}
	if !d.Checked(testID, a).IsZero() {
		t.Error("it is not forgotten")
	}
}
