package main_test

import (
	"regexp"
	"testing"
)

// The command that measures the start of tacit ui does so.
func TestFirstFrame(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the programs")
	}
	out, err := goCommand(".", "run", "./testdata/firstframe", "-sizes", "10", "-rounds", "1")
	if err != nil || !regexp.MustCompile(`\n +10( +[0-9.]+ \([0-9.]+ to [0-9.]+\)){2} +[1-9]\d* +[1-9]\d*\n`).MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
}
