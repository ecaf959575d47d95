package main_test

import "testing"

// TestBench runs the tests of the benchmark, which go test ./... does not look for.
func TestBench(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds tacit twice")
	}
	if out, err := goCommand(".", "test", "./testdata/bench"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
