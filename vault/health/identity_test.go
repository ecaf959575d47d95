package health

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An identity file in the vault's folder is moved to where tacit looks for one,
// and never over another that lies there: that may be the only key of its vault.
func TestIdentityMoves(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	vault, usual := filepath.Join(root, "v"), filepath.Join(root, "config dir", "identity.txt")
	key := filepath.Join(vault, "id.txt")
	write(t, key)
	remedy := func(usual string) string {
		t.Helper()
		found := Identity(key, vault, usual, true)
		if len(found) != 1 || found[0].Level != Fault || found[0].Fix != nil {
			t.Fatalf("%+v", found)
		}
		return said(found[0].Remedy)
	}
	from := filepath.Dir(usual) + " " + key + " "
	if got := remedy(usual); got != "move_identity_home "+from+usual {
		t.Error(got)
	}
	write(t, usual)
	want := "move_identity " + from + usual + ".2"
	if got := remedy(usual); got != want {
		t.Error(got)
	}
	if err := os.Symlink(filepath.Join(root, "none"), usual+".2"); err == nil {
		if got := remedy(usual); !strings.Contains(got, usual+".3") {
			t.Error(got)
		}
	}
	for _, usual := range []string{"", filepath.Join(vault, "config", "identity.txt")} {
		if got := remedy(usual); got != "move_identity_out "+vault {
			t.Errorf("%q: %s", usual, got)
		}
	}
}
