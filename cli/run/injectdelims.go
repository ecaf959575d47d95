package run

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/cli/failure"
)

// delims are what actions of a template stand between.
type delims struct{ left, right string }

var ordinaryDelims = delims{"{{", "}}"}

const delimsHint = "like --delims '<<' '>>', if another tool uses {{ }} in the template"

// maxDelim is how long one of them may be, in characters.
const maxDelim = 8

// readDelims reads --delims LEFT RIGHT, RIGHT being the argument after it, or both
// in one.
func readDelims(flag string, args []string) (delims, error) {
	if flag == "" {
		if len(args) > 0 {
			return delims{}, failure.Usage("inject takes no arguments").Hinted("-i FILE reads the template from FILE")
		}
		return ordinaryDelims, nil
	}
	pair := slices.Concat(strings.Fields(flag), args)
	if len(pair) != 2 {
		return delims{}, failure.Usage("inject: --delims takes two, LEFT and RIGHT").Hinted(delimsHint)
	}
	d := delims{pair[0], pair[1]}
	if !isDelim(d.left) || !isDelim(d.right) || d.left == d.right {
		return delims{}, failure.Usage("inject: --delims takes two to %d signs for each, other than - _ . , / * ( ) quotes and backslashes, and two that differ", maxDelim).
			Hinted(delimsHint)
	}
	return d, nil
}

// isDelim tells whether nothing that an action has in it can be taken for it: no
// name, number, literal, comment or trim marker.
func isDelim(s string) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && len(s) >= 2 && n <= maxDelim && !strings.ContainsFunc(s, func(r rune) bool {
		sign := unicode.IsPunct(r) || unicode.IsSymbol(r)
		return !sign || strings.ContainsRune("-_.,/*()'\"`\\", r)
	})
}

// expression is a regular expression in which L and R are the delimiters, and N is
// any character that is neither white space nor of one of them.
func (d delims) expression(e string) *regexp.Regexp {
	var class strings.Builder
	for _, r := range d.left + d.right {
		class.WriteString(regexp.QuoteMeta(string(r)))
	}
	return regexp.MustCompile(strings.NewReplacer(
		"L", regexp.QuoteMeta(d.left), "R", regexp.QuoteMeta(d.right), "N", `[^\s`+class.String()+`]`,
	).Replace(e))
}

// written is an action as the template has it.
func (d delims) written(action string) string { return d.left + action + d.right }
