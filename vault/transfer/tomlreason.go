package transfer

import "strings"

// tomlReason says in our words what the library found: its own quote the file.
func tomlReason(said string) string {
	for _, r := range []struct{ word, reason string }{
		{"already", "a key or a table is there twice"},
		{"redefin", "a key or a table is there twice"},
		{"duplicate", "a key or a table is there twice"},
		{"escape", "an escape that there is none of"},
		{"unicode", "a character that there is none of"},
		{"utf8", "what is no UTF-8"},
		{"newline", "a line that goes on where it has to end, or ends where it goes on"},
		{"comment", "a character that no comment may have"},
		{"date", "a date or a time that there is none of"},
		{"time", "a date or a time that there is none of"},
		{"underscore", "a number that is none"},
		{"number", "a number that is none"},
		{"integer", "a number that is none"},
		{"float", "a number that is none"},
		{"digit", "a number that is none"},
		{"string", "a text that does not end, or has a character that it may not"},
		{"quot", "a text that does not end, or has a character that it may not"},
		{"table", "a table that is none"},
		{"array", "an array that is none"},
		{"key", "a key that is none, or has no value"},
	} {
		if strings.Contains(said, r.word) {
			return r.reason
		}
	}
	return "what stands there is neither a key nor a value"
}
