// Package match finds names by what somebody typed. All that searches names asks it, so
// that the same words find the same names everywhere.
package match

import "strings"

// Words are what was typed, in lower case. A name that has each of them is found, in any
// order. A space, "_" and "-" part words.
type Words []string

// New takes apart what was typed.
func New(typed string) Words {
	return strings.FieldsFunc(strings.ToLower(typed), func(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '\t' })
}

// In tells whether a name has every word. It is given in lower case.
func (w Words) In(lower string) bool {
	for _, word := range w {
		if !strings.Contains(lower, word) {
			return false
		}
	}
	return true
}
