package shell

import (
	"regexp"
	"strings"
	"sync"
)

// quotedWord is a word in quotes as Quote writes it. An apostrophe in prose has a
// letter before it.
var quotedWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^\pL\pN])(\$?'[^']*'(?:\\''[^']*')*|"[^"]*")`)
})

// Unquoted changes what stands in a text outside of the words in quotes: those hold
// what somebody else may have chosen, and stay as they are.
func Unquoted(text string, change func(part string) string) string {
	var b strings.Builder
	at := 0
	for _, m := range quotedWord().FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(change(text[at:m[2]]))
		b.WriteString(text[m[2]:m[3]])
		at = m[3]
	}
	b.WriteString(change(text[at:]))
	return b.String()
}
