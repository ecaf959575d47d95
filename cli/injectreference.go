package cli

import (
	"strings"
)

// plainReference is {{ tacit://NAME }}, from its beginning.
var plainReference = newPattern(`^\{\{(-?[ \t]*)tacit://([^\s{}]*)([ \t]*-?)\}\}`)

// eachReference replaces the references in the text of a template. What stands in
// its actions, in a string or a comment, is theirs, and stays.
func eachReference(source string, replace func(match []string) string) string {
	var b strings.Builder
	for {
		at := strings.Index(source, "{{")
		if at < 0 {
			b.WriteString(source)
			return b.String()
		}
		b.WriteString(source[:at])
		source = source[at:]
		used := 0
		if m := plainReference().FindStringSubmatch(source); m != nil {
			used = len(m[0])
			b.WriteString(replace(m))
		} else {
			used = actionLength(source)
			b.WriteString(source[:used])
		}
		source = source[used:]
	}
}

var comment = newPattern(`^\{\{(-\s)?\s*/\*`)

// actionLength is how long the action is that a template begins with; all of it
// where the action has no end, which is for the parser to say.
func actionLength(source string) int {
	at := len("{{")
	if c := comment().FindString(source); c != "" {
		end := strings.Index(source[len(c):], "*/")
		if end < 0 {
			return len(source)
		}
		at = len(c) + end + len("*/")
	}
	for at < len(source) {
		if strings.HasPrefix(source[at:], "}}") {
			return at + len("}}")
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
