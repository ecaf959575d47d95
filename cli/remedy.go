package cli

import (
	"os"
	"regexp"
	"strings"

	"github.com/tacit-vault/tacit/vault/shell"
)

// elsewhere are commands that --vault means nothing to.
var elsewhere = map[string]bool{"help": true, "version": true, "man": true, "completion": true, "rescue": true}

// remedies makes the advice of a check what can be run as it stands: with the vault
// and the memory that the command line named, or its commands would change others.
func (s *session) remedies() func(text string) string {
	dir, _, err := s.locate()
	if err != nil {
		return func(text string) string { return text }
	}
	folder := strings.NewReplacer("rescue DIR", "rescue "+shell.QuotePath(dir), "go-rwx DIR", "go-rwx "+shell.QuotePath(dir))
	var state, vault string
	if s.state != "" {
		state = " --state " + shell.QuotePath(s.state)
	}
	if s.vault != "" && !s.isUnnamed(dir) {
		vault = " --vault " + shell.QuotePath(s.vault)
	}
	if state+vault == "" {
		return func(text string) string { return shell.Unquoted(text, folder.Replace) }
	}
	commands, named := allCommands(), regexp.MustCompile(`\btacit ([a-z-]+)`)
	return func(text string) string {
		// Only what the check wrote: in the quotes stands a path, of whatever words.
		text = shell.Unquoted(text, folder.Replace)
		return shell.Unquoted(text, func(part string) string { return flagged(part, named, commands, vault, state) })
	}
}

// flagged puts flags behind every command that is named in a text.
func flagged(text string, named *regexp.Regexp, commands []*command, vault, state string) string {
	var b strings.Builder
	at := 0
	for _, m := range named.FindAllStringSubmatchIndex(text, -1) {
		command, name := m[0]+len("tacit"), text[m[2]:m[3]]
		c := findIn(commands, name)
		if c == nil || strings.HasPrefix(text[m[1]:], " --vault ") || strings.HasPrefix(text[m[1]:], " --forget ") { // prose, or another vault is meant
			continue
		}
		b.WriteString(text[at:command])
		if at = command; !elsewhere[c.name] {
			b.WriteString(vault)
		}
		if !elsewhere[c.name] || c.name == "rescue" {
			b.WriteString(state)
		}
	}
	return b.String() + text[at:]
}

// isUnnamed tells whether dir is the vault that a command means without --vault.
func (s *session) isUnnamed(dir string) bool {
	bare := *s
	bare.vault = ""
	other, _, err := bare.locate()
	if err != nil {
		return false
	}
	a, errA := os.Stat(dir)
	b, errB := os.Stat(other)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
