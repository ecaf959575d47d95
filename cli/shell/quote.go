// Package shell writes words for a command that a message offers to paste.
//
// A path, a name or a label may be chosen by somebody else: a folder that was
// cloned can be called "repo; rm -rf ~ #". Whatever a word holds, a command that
// is made of it by [Quote] does nothing but what it says.
package shell

import (
	"fmt"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote makes text one word of a shell.
//
// For a Unix shell the word is plain, or in single quotes. What does not show on
// a terminal, bytes that are not UTF-8 among it, is spelled as $'\ooo', which
// bash, zsh, ksh and the shells of busybox and the BSDs read; in dash it is
// another word, and as harmless, and fish refuses the line. So is a backslash:
// in single quotes fish reads it with what follows, and the word would end elsewhere.
//
// On Windows it is plain or in double quotes, which cmd and PowerShell both read.
// What they read differently, or would expand, cannot be spelled for both: it
// becomes [Unspelled].
func Quote(text string) string {
	if runtime.GOOS == "windows" {
		return windows(text)
	}
	return unix(text)
}

// QuotePath is Quote of the name of a file: one that begins with a dash would be
// read as an option, so it is spelled from the current folder.
func QuotePath(path string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	return Quote(path)
}

// QuotePaths are paths, each a word.
func QuotePaths(paths []string) string {
	words := make([]string, len(paths))
	for i, path := range paths {
		words[i] = QuotePath(path)
	}
	return strings.Join(words, " ")
}

// Unspelled stands for a word that has no spelling which is safe in both shells of
// Windows.
const Unspelled = "NAME"

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// plainIn tells whether text is of letters, digits and others.
func plainIn(text, others string) bool {
	return text != "" && strings.Trim(text, letters+others) == ""
}

func unix(text string) string {
	switch {
	case plainIn(text, "._/+-@:,"):
		return text
	case shows(text) && !strings.Contains(text, `\`):
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\'' || r == '\\' || !showsRune(r):
			// No quote and no backslash as it is: dash would end the word there.
			for _, c := range []byte(text[i : i+size]) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

func windows(text string) string {
	switch {
	case plainIn(text, `._\/+-:`):
		return text
	// cmd expands %, and ! where it was told to; PowerShell expands $ and `, and
	// takes typographic quotes for quotes. A backslash before the quote is its own.
	case shows(text) && !strings.ContainsAny(text, "%!$`\"“”„‟‘’‚‛") && !strings.HasSuffix(text, `\`):
		return `"` + text + `"`
	}
	return Unspelled
}

// shows tells whether all of text shows on a terminal.
func shows(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !showsRune(r) }) < 0
}

// showsRune tells whether a rune shows on a terminal as what it is.
func showsRune(r rune) bool { return r != utf8.RuneError && unicode.IsPrint(r) }
