package run

import (
	"regexp"
	"strings"
)

// A referenceFinder finds the references in the text of a template, and what is
// almost one.
type referenceFinder struct {
	delims
	reference *regexp.Regexp // {{ tacit://NAME }}, from its beginning
	comment   *regexp.Regexp // the beginning of one
	near      int            // the first line with a tacit:// that is in no action; 0: none
}

func newReferenceFinder(d delims) *referenceFinder {
	return &referenceFinder{
		delims: d, reference: d.expression(`^L(-?[ \t]*)tacit://(N*)([ \t]*-?)R`), comment: d.expression(`^L(-\s)?\s*/\*`),
	}
}

// each replaces the references. What stands in the template's actions, in a string
// or a comment, is theirs, and stays.
func (f *referenceFinder) each(source string, replace func(match []string) string) string {
	var b strings.Builder
	for whole := source; ; {
		at := strings.Index(source, f.left)
		text := source
		if at >= 0 {
			text = source[:at]
		}
		if i := strings.Index(text, "tacit://"); i >= 0 && f.near == 0 {
			f.near = 1 + strings.Count(whole[:len(whole)-len(source)+i], "\n")
		}
		b.WriteString(text)
		if at < 0 {
			return b.String()
		}
		source = source[at:]
		used := 0
		if m := f.reference.FindStringSubmatch(source); m != nil {
			used = len(m[0])
			b.WriteString(replace(m))
		} else {
			used = f.actionLength(source)
			b.WriteString(source[:used])
		}
		source = source[used:]
	}
}

// actionLength is how long the action is that a template begins with; all of it
// where the action has no end, which is for the parser to say.
func (f *referenceFinder) actionLength(source string) int {
	at := len(f.left)
	if c := f.comment.FindString(source); c != "" {
		end := strings.Index(source[len(c):], "*/")
		if end < 0 {
			return len(source)
		}
		at = len(c) + end + len("*/")
	}
	for at < len(source) {
		if strings.HasPrefix(source[at:], f.right) {
			return at + len(f.right)
		}
		switch quote := source[at]; quote {
		case '"', '\'', '`':
			at += quotedLength(source[at:], quote)
		default:
			at++
		}
	}
	return len(source)
}

// quotedLength is how long a literal is, its quotes included.
func quotedLength(source string, quote byte) int {
	for at := 1; at < len(source); at++ {
		switch {
		case source[at] == quote:
			return at + 1
		case source[at] == '\\' && quote != '`':
			at++
		case source[at] == '\n' && quote != '`':
			return at // no end: for the parser to say
		}
	}
	return len(source)
}
