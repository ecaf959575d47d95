package frame

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// elsewhere are commands that --vault means nothing to.
var elsewhere = map[string]bool{"help": true, "version": true, "man": true, "completion": true, "rescue": true}

// WordingAround is what the command line named, for what is found around the vault:
// its advice names the folder.
func (s *Session) WordingAround() failure.Wording {
	dir, _, err := s.Locate()
	if err != nil {
		return failure.Wording{State: s.State}
	}
	w := wordingFor(s, dir)
	w.Dir = dir
	return w
}

// hintOf is the way out of a failure, as it can be run as it stands: with the vault
// and the memory that the command line named.
func hintOf(s *Session, f *failure.Failure) string {
	if f.Hint == "" {
		return wordingOf(s, f.Remedy).Say(f.Remedy)
	}
	if s.Vault != "" || s.State != "" {
		if dir, _, err := s.Locate(); err == nil {
			return Flagging(s, dir)(f.Hint)
		}
	}
	return f.Hint
}

// wordingOf is what the command line named, as a remedy has to say it again. Where
// there is no vault at a place that was found, init makes one there: without a name it
// would make the default one, and the place would stay what it is.
func wordingOf(s *Session, r remedy.Remedy) (w failure.Wording) {
	if r.IsZero() {
		return w
	}
	dir, discovered, err := s.Locate()
	if err != nil {
		return failure.Wording{State: s.State}
	}
	w = wordingFor(s, dir)
	if s.Vault == "" && discovered && slices.Contains(r.Names(remedy.Path), dir) {
		w.Here = dir
	}
	return w
}

// wordingFor is what the command line named, where it is about the vault dir.
func wordingFor(s *Session, dir string) (w failure.Wording) {
	w.State = s.State
	if s.Vault != "" && !isUnnamed(s, dir) {
		w.Vault = s.Vault
	}
	return w
}

// Flagging puts the flags of the command line, --vault and --state, behind every
// command that is named in a text. dir is the vault.
func Flagging(s *Session, dir string) func(text string) string {
	var state, dirFlag string
	if s.State != "" {
		state = " --state " + shell.QuotePath(s.State)
	}
	if s.Vault != "" && !isUnnamed(s, dir) {
		dirFlag = " --vault " + shell.QuotePath(s.Vault)
	}
	if state+dirFlag == "" {
		return func(text string) string { return text }
	}
	commands, named := s.CommandTable(), regexp.MustCompile(`\btacit ([a-z-]+)`)
	return func(text string) string {
		// Only what the check wrote: in the quotes stands a path, of whatever words.
		return shell.Unquoted(text, func(part string) string { return flagged(part, named, commands, dirFlag, state) })
	}
}

// flagged puts flags behind every command that is named in a text.
func flagged(text string, named *regexp.Regexp, commands []*cmdline.Command, vault, state string) string {
	var b strings.Builder
	at := 0
	for _, m := range named.FindAllStringSubmatchIndex(text, -1) {
		command, name := m[0]+len("tacit"), text[m[2]:m[3]]
		c := cmdline.FindIn(commands, name)
		if c == nil { // prose
			continue
		}
		b.WriteString(text[at:command])
		// --vault and --forget name another vault, or this one.
		says := strings.HasPrefix(text[m[1]:], " --vault ") || strings.HasPrefix(text[m[1]:], " --forget ")
		if at = command; !elsewhere[c.Name] && !says {
			b.WriteString(vault)
		}
		if !elsewhere[c.Name] || c.Name == "rescue" {
			b.WriteString(state)
		}
	}
	return b.String() + text[at:]
}

// isUnnamed tells whether dir is the vault that a command means without --vault.
func isUnnamed(s *Session, dir string) bool {
	bare := *s
	bare.Vault = ""
	other, _, err := bare.Locate()
	if err != nil {
		return false
	}
	a, errA := os.Stat(dir)
	b, errB := os.Stat(other)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
