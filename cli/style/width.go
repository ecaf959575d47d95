package style

import (
	"unicode"

	"golang.org/x/text/width"
)

// Width is how many cells a text takes on a terminal. Terminals differ in what they make
// of joined emoji; for these it is at least what they take.
func Width(text string) (n int) {
	for _, r := range text {
		n += RuneWidth(r)
	}
	return n
}

// RuneWidth is 2 for wide characters, 0 for marks on the one before, else 1.
func RuneWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// Cut is the first part of a text that takes at most so many cells, and the rest. The
// first character is never cut off, so that cutting comes to an end.
func Cut(text string, most int) (head, rest string) {
	taken := 0
	for i, r := range text {
		taken += RuneWidth(r)
		if taken > most && i > 0 {
			return text[:i], text[i:]
		}
	}
	return text, ""
}
