package torture

import "testing"

// The rig itself: a program that answers, and errors that are told apart.
func TestRig(t *testing.T) {
	r := newRig(t, "")
	r.must("v", "set", "K")
	if got := r.must("", "get", "K"); got != "v" {
		t.Errorf("got %q", got)
	}
	if got := r.run("", "get", "NONE"); got.code != 3 {
		t.Errorf("exit %d", got.code)
	}
	r.verifies()
}
