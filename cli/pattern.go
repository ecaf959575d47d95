package cli

import (
	"regexp"
	"sync"
)

// A pattern is a regular expression that is compiled when it is first asked for,
// so that the start of a command that has no need of it does not pay for it.
type pattern func() *regexp.Regexp

func newPattern(expression string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
