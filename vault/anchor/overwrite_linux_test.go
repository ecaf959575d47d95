package anchor

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/crypto"
)

// A commit that was made is remembered, too, where the file cannot be replaced: no
// other one takes the name of a mount.
func TestTakeOverwrites(t *testing.T) {
	d, path := testDir(t), t.TempDir()
	h := newHistory(t, testID, testPin).to(6, 1)
	real := func(seq uint64) Update { return Update{Pin: testPin, Point: h.past[seq]} }
	if err := d.Save(testID, path, real(4)); err != nil {
		t.Fatal(err)
	}
	file := d.pathFile(path)
	if err := unix.Mount(file, file, "", unix.MS_BIND, ""); err != nil {
		t.Skip("no mount can be made: ", err)
	}
	defer unix.Unmount(file, 0)
	for seq := uint64(4); seq < 6; seq++ {
		p, err := d.Prepare(testID, path, real(seq), real(seq+1))
		if err != nil {
			t.Fatal(err)
		}
		take(t, p)
		m, err := d.Load(testID, path)
		if err != nil || m.Here != h.past[seq+1] || m.Next != (crypto.Point{}) {
			t.Fatalf("after commit %d: %+v, %v", seq+1, m, err)
		}
	}
}
