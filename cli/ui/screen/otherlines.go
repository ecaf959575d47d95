package screen

import (
	"strings"

	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// placeLines are what is said of a place that is no list. No name is among it.
func placeLines(s *State) (lines []style.Line) {
	switch s.place.State {
	case wire.NoVault:
		lines = append(lines, style.Words(" No vault here or above."))
	case wire.Untrusted:
		lines = append(lines, style.Line{{Text: " "}, style.Badge(style.Wrong, "UNTRUSTED"), {Text: " This vault came with a folder,"}}, style.Words(" and was never trusted here."))
	case wire.Tampered:
		lines = append(lines, style.Line{{Text: " "}, style.Badge(style.Wrong, "TAMPERED"), {Text: " This vault is not what it should be."}})
	case wire.Failing:
		lines = append(lines, style.Words(" The vault cannot be read."))
	case wire.Away:
		lines = append(lines, style.Words(" locked, any key"))
	}
	if len(s.place.Says) > 0 {
		lines = append(lines, nil)
	}
	for _, text := range s.place.Says {
		for _, part := range wrapped(clean(text), s.columns-2) {
			lines = append(lines, style.Words(" "+part))
		}
	}
	return lines[:min(len(lines), max(0, s.rows-4))]
}

// wrapped is a text in lines of at most so many cells.
func wrapped(text string, most int) (lines []string) {
	for text != "" {
		head, rest := style.Cut(text, most)
		if at := strings.LastIndexByte(head, ' '); rest != "" && at > len(head)/3 {
			head, rest = head[:at], head[at+1:]+rest
		}
		lines, text = append(lines, head), rest
	}
	return lines
}

// helpKeys are the keys of the page before, as far as they are searched for.
func keysThatFit(s *State) (keys []Key) {
	of := *s
	of.page = s.before
	words := NewQuery(s.helpTyped).words
	for _, key := range of.Keys() {
		text, all := strings.ToLower(key.Shown()+" "+key.Does+" "+key.Plain), true
		for _, word := range words {
			all = all && strings.Contains(text, word)
		}
		if all {
			keys = append(keys, key)
		}
	}
	return keys
}

// helpLines are the keys, each with the command that does the same.
func helpLines(s *State) (lines []style.Line) {
	keys := keysThatFit(s)
	for i := s.top; i < min(len(keys), s.top+s.body()); i++ {
		key := keys[i]
		text := pad(key.Shown(), 10) + key.Does
		if fitsBeside(s, key) {
			text = pad(text, s.columns-3-len(key.Plain)-1) + key.Plain
		}
		if i == s.chosen {
			lines = append(lines, style.Line{{Text: " "}, {Role: style.Chosen, Text: "> "}, {Text: text}})
			continue
		}
		lines = append(lines, style.Words("   "+text))
	}
	return lines
}

// fitsBeside tells whether there is room for a key's command beside what it does.
func fitsBeside(s *State, key Key) bool {
	return key.Plain != "" && s.columns-margin-10-style.Width(key.Does)-3 >= len(key.Plain)
}

// helpStatus is what of the chosen key there was no room for.
func helpStatus(s *State) string {
	keys := keysThatFit(s)
	switch key := keys[min(s.chosen, max(0, len(keys)-1)):]; {
	case len(key) == 0:
		return ""
	case style.Width(key[0].Does) > s.columns-margin-10:
		return key[0].Does
	case !fitsBeside(s, key[0]):
		return key[0].Plain
	}
	return ""
}
