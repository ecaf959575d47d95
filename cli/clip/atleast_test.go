package clip

import (
	"testing"
)

func TestAtLeast(t *testing.T) {
	for said, want := range map[string]bool{
		"wl-clipboard 2.1.0\nCopyright": false, "wl-clipboard 2.2.1": false, "wl-clipboard 2.3.0": true, "wl-clipboard 3.0": true,
		"wl-clipboard": false, "": false, "wl-clipboard x.y": false, "wl-clipboard 2.10.0": true,
	} {
		if got := atLeast([]byte(said), 2, 3); got != want {
			t.Errorf("%q: %v", said, got)
		}
	}
}
