package cli

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// elsewhere are commands that --vault means nothing to.
var elsewhere = map[string]bool{"help": true, "version": true, "man": true, "completion": true, "rescue": true}

// wordingAround is what the command line named, for what is found around the vault:
// its advice names the folder.
func (s *session) wordingAround() wording {
	dir, _, err := s.locate()
	if err != nil {
		return wording{state: s.state}
	}
	w := s.wordingFor(dir)
	w.dir = dir
	return w
}

// hintOf is the way out of a failure, as it can be run as it stands: with the vault
// and the memory that the command line named.
func (s *session) hintOf(f *failure) string {
	if f.hint == "" {
		return s.wordingOf(f.remedy).say(f.remedy)
	}
	if s.vault != "" || s.state != "" {
		if dir, _, err := s.locate(); err == nil {
			return s.flagging(dir)(f.hint)
		}
	}
	return f.hint
}

// wordingOf is what the command line named, as a remedy has to say it again. Where
// there is no vault at a place that was found, init makes one there: without a name it
// would make the default one, and the place would stay what it is.
func (s *session) wordingOf(r remedy.Remedy) (w wording) {
	if r.IsZero() {
		return w
	}
	dir, discovered, err := s.locate()
	if err != nil {
		return wording{state: s.state}
	}
	w = s.wordingFor(dir)
	if s.vault == "" && discovered && slices.Contains(r.Names(remedy.Path), dir) {
		w.here = dir
	}
	return w
}

// wordingFor is what the command line named, where it is about the vault dir.
func (s *session) wordingFor(dir string) (w wording) {
	w.state = s.state
	if s.vault != "" && !s.isUnnamed(dir) {
		w.vault = s.vault
	}
	return w
}

// flagging puts the flags of the command line, --vault and --state, behind every
// command that is named in a text. dir is the vault.
func (s *session) flagging(dir string) func(text string) string {
	var state, dirFlag string
	if s.state != "" {
		state = " --state " + shell.QuotePath(s.state)
	}
	if s.vault != "" && !s.isUnnamed(dir) {
		dirFlag = " --vault " + shell.QuotePath(s.vault)
	}
	if state+dirFlag == "" {
		return func(text string) string { return text }
	}
	commands, named := s.commands(), regexp.MustCompile(`\btacit ([a-z-]+)`)
	return func(text string) string {
		// Only what the check wrote: in the quotes stands a path, of whatever words.
		return shell.Unquoted(text, func(part string) string { return flagged(part, named, commands, dirFlag, state) })
	}
}

// flagged puts flags behind every command that is named in a text.
func flagged(text string, named *regexp.Regexp, commands []*command, vault, state string) string {
	var b strings.Builder
	at := 0
	for _, m := range named.FindAllStringSubmatchIndex(text, -1) {
		command, name := m[0]+len("tacit"), text[m[2]:m[3]]
		c := findIn(commands, name)
		if c == nil { // prose
			continue
		}
		b.WriteString(text[at:command])
		// --vault and --forget name another vault, or this one.
		says := strings.HasPrefix(text[m[1]:], " --vault ") || strings.HasPrefix(text[m[1]:], " --forget ")
		if at = command; !elsewhere[c.name] && !says {
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
