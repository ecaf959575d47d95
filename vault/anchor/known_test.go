package anchor

import (
	"slices"
	"testing"
)

// TestPlaces lists what this machine has seen, and nothing of another's that
// shares the state folder.
func TestPlaces(t *testing.T) {
	here := Dir{t.TempDir(), "0123456789abcdef"}
	away := Dir{here.Path, "fedcba9876543210"}
	paths := []string{t.TempDir(), t.TempDir()} // those that are gone are dropped
	slices.Sort(paths)
	save(t, here, testID, paths[1], update(3))
	save(t, here, testID, paths[0], update(3))
	save(t, away, testID, "/c", update(3))
	for d, want := range map[Dir][]string{here: paths, away: {"/c"}, {}: nil} {
		if got, err := d.Places(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%+v: %q, %v, want %q", d, got, err, want)
		}
	}
}
