package main_test

import "testing"

// TestMeasure holds that no room, type or function has grown past its limit.
func TestMeasure(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds everything")
	}
	if out, err := goCommand(".", "run", "./testdata/measure", "-limits"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
