package pattern

import (
	"regexp"
	"sync"
)

// A Pattern is a regular expression that is compiled when it is first asked for,
// so that the start of a command that has no need of it does not pay for it.
type Pattern func() *regexp.Regexp

func New(expression string) Pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
