package frame

import (
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
)

// libraryWords are what the library calls what a command does, where that is another
// word than the command's name.
func libraryWords() map[string][]string {
	return map[string][]string{
		"get": {"read"}, "copy": {"read"}, "otp": {"read", "set"},
		"set": {"apply"}, "update": {"set", "apply"}, "generate": {"set", "read"}, "edit": {"read", "apply"},
		"rm": {"delete", "apply", "history"}, "mv": {"rename"}, "cp": {"copy"}, "ls": {"list"},
	}
}

// spokenOf says in an error what was typed: who called update has not heard of set.
func spokenOf(s *Session, f *failure.Failure) *failure.Failure {
	if s.spoken == nil {
		return f
	}
	words := append([]string{s.spoken.Name}, libraryWords()[s.spoken.Name]...)
	for _, word := range words {
		rest, ok := strings.CutPrefix(f.Message, word)
		if ok && (strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, ":")) {
			to := *f
			to.Message = s.spoken.Verb() + rest
			return &to
		}
	}
	return f
}

// verb is the command as it was typed.
func (s *Session) verb() string {
	if s.spoken == nil {
		return ""
	}
	return s.spoken.Verb()
}
