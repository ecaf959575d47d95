// Package longtest decides how long a run of a package's tests may take. It is
// for TestMain alone.
package longtest

import (
	"flag"
	"os"
	"strings"
)

// Variable is what turns the long tests on, with any value.
const Variable = "TACIT_TEST_LONG"

// Choose makes this run of the tests a short one, as go test -short does, so that
// somebody who has just cloned the repository waits for seconds and not for
// minutes. It does nothing where [Variable] is set, and where a flag of the tests'
// own, such as a number of rounds, asks for more than the short run. It parses the
// command line where that has not been done.
func Choose() {
	if !flag.Parsed() {
		flag.Parse()
	}
	if os.Getenv(Variable) == "" && !budgeted() {
		if err := flag.Set("test.short", "true"); err != nil {
			panic(err) // there is no such flag outside of a test
		}
	}
}

// budgeted tells whether a flag was given that is not go test's.
func budgeted() (own bool) {
	flag.Visit(func(f *flag.Flag) { own = own || !strings.HasPrefix(f.Name, "test.") })
	return own
}
