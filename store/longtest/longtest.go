// Package longtest decides how long a run of a package's tests may take. It is
// for TestMain alone.
package longtest

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Variable is what turns the long tests on, with any value.
const Variable = "TACIT_TEST_LONG"

// atOnce is how many tests run at the same time. Most of them wait for a disk to
// sync, or for another process, so that two processors have time for more than two.
const atOnce = 8

// Choose makes this run of the tests a short one, as go test -short does, so that
// somebody who has just cloned the repository waits for seconds and not for
// minutes. It does nothing where [Variable] is set, and where a flag of the tests'
// own, such as a number of rounds, asks for more than the short run. It parses the
// command line where that has not been done.
//
// It also lets at least eight tests run at once, unless -parallel says otherwise.
func Choose() {
	if !flag.Parsed() {
		flag.Parse()
	}
	if os.Getenv(Variable) == "" && !budgeted() {
		set("test.short", "true")
	}
	if !given("test.parallel") {
		set("test.parallel", strconv.Itoa(max(atOnce, runtime.GOMAXPROCS(0))))
	}
}

// set sets a flag of package testing.
func set(name, value string) {
	if err := flag.Set(name, value); err != nil {
		panic(err) // there is no such flag outside of a test
	}
}

// given tells whether the command line has a flag.
func given(name string) (is bool) {
	flag.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}

// budgeted tells whether a flag was given that is not go test's.
func budgeted() (own bool) {
	flag.Visit(func(f *flag.Flag) { own = own || !strings.HasPrefix(f.Name, "test.") })
	return own
}
