package pattern

import (
	"regexp"
	"strings"
	"sync"
)

// A Pattern is a regular expression that is compiled when it is first asked for,
// so that the start of a command that has no need of it does not pay for it.
type Pattern struct {
	expression string
	once       sync.Once
	compiled   *regexp.Regexp
}

// New is a pattern. An expression of many lines is read as if it were one line. The
// compiler makes the pattern of a package variable: nothing is done at the start.
func New(expression string) *Pattern { return &Pattern{expression: expression} }

// Regexp is the pattern, compiled. It panics where the expression is none.
func (p *Pattern) Regexp() *regexp.Regexp {
	p.once.Do(func() { p.compiled = regexp.MustCompile(strings.ReplaceAll(p.expression, "\n", "")) })
	return p.compiled
}
