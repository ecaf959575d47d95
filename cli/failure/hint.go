package failure

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A Hint is a text that offers commands. Behind the word tacit of each stands a mark,
// where the flags go that the command line named. No text that is quoted or printable
// holds such a mark.
type Hint string

// The marks: a command that --vault or @NAME and --state mean something to, one to
// which only --state does, and one to which @NAME and --state do.
const (
	markBoth  = "\x01"
	markState = "\x02"
	markEnv   = "\x03"
)

// ofFolders are commands about what is attached to folders.
var ofFolders = []string{"attach", "detach"}

// ofMachine are commands about all vaults, or all of a project.
var ofMachine = []string{"rescue", "env", "vaults"}

// anyVault are commands that --vault means nothing to, and, but for rescue, --state.
var anyVault = []string{"help", "version", "man", "completion", "rescue"}

// HintOf makes a hint of a text of ours, with its commands in braces.
func HintOf(text string) Hint {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		command, after, closed := strings.Cut(rest, "}")
		if !ok || !closed || rest[0] < 'a' || rest[0] > 'z' {
			b.WriteString(text) // no command, or a brace that is meant
			return Hint(b.String())
		}
		b.WriteString(before)
		b.WriteString(marked(command))
		text = after
	}
}

// hintf is HintOf of a format, with arguments in it. An argument that is a hint keeps
// its marks; no other can bring one.
func hintf(format string, args ...any) Hint {
	clean := make([]any, len(args))
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			arg = Hint(text).Plain()
		}
		clean[i] = arg
	}
	return Hint(fmt.Sprintf(string(HintOf(format)), clean...))
}

// marked is a command with its mark.
func marked(command string) string {
	line, ours := strings.CutPrefix(command, "tacit ")
	if !ours {
		return command
	}
	verb, _, _ := strings.Cut(line, " ")
	spaced := line + " "
	switch {
	case slices.Contains(ofMachine, verb), strings.Contains(spaced, " --vault "), strings.Contains(spaced, " --forget "), strings.Contains(spaced, " --env "):
		if !slices.Contains(ofFolders, verb) {
			return "tacit" + markState + " " + line
		}
		return "tacit" + markEnv + " " + line
	case slices.Contains(ofFolders, verb) && strings.Contains(spaced, " --from "): // all environments
		return "tacit" + markState + " " + line
	case slices.Contains(ofFolders, verb):
		return "tacit" + markEnv + " " + line
	case slices.Contains(anyVault, verb):
		return command
	}
	return "tacit" + markBoth + " " + line
}

// Plain is the hint without any flags.
func (h Hint) Plain() string { return h.with("", "", "") }

// with is the hint with the flags of a command line, each "" or with a space before
// it. A vault and an environment are never both given.
func (h Hint) with(vault, env, state string) string {
	return strings.NewReplacer(markBoth, vault+env+state, markState, state, markEnv, env+state).Replace(string(h))
}

// GivenPaths are what of the command line a remedy has to say again. All paths are as
// they were given, not quoted.
type GivenPaths struct {
	Vault string // what --vault named; "" where a command means that vault without it
	State string // what --state named; ""
	Env   string // the environment that the line named; ""
	Dir   string // the vault's folder; "" where that is not known
	Here  string // where a vault was looked for that --vault did not name; ""
}

// Say spells a remedy. It is "" for one that this version does not know.
func (w GivenPaths) Say(r remedy.Remedy) string { return w.Tell(w.spell(r)) }

// Tell gives a hint its flags.
func (w GivenPaths) Tell(h Hint) string {
	var vault, env, state string
	if w.State != "" {
		state = " --state " + shell.QuotePath(w.State)
	}
	if w.Vault != "" {
		vault = " --vault " + shell.QuotePath(w.Vault)
	}
	if w.Env != "" {
		env = " @" + w.Env
	}
	return h.with(vault, env, state)
}

// spell is the hint that a remedy is.
func (w GivenPaths) spell(r remedy.Remedy) Hint {
	text, ok := spellingOf(r.Action)
	if !ok {
		return ""
	}
	a := w.Fill(HintOf(text), r)
	if r.Then != nil {
		a += ", then: " + w.spell(*r.Then)
	}
	if r.Or != nil {
		by := Hint(", or ")
		switch other, _ := spellingOf(r.Or.Action); {
		case strings.HasPrefix(other, "{"):
			by = ", or: "
		case strings.HasPrefix(other, ";"):
			by = ""
		}
		a += by + w.spell(*r.Or)
	}
	return a
}

// spellingOf is how a remedy is said on this system.
func spellingOf(action remedy.Action) (text string, ok bool) {
	if runtime.GOOS == "windows" {
		if text, ok = spellingIn(OnWindows[:], action); ok {
			return text, true
		}
	}
	for _, table := range [][]spelling{LibraryWays[:], OwnWays[:]} {
		if text, ok = spellingIn(table, action); ok {
			return text, true
		}
	}
	return "", false
}

func spellingIn(table []spelling, action remedy.Action) (text string, ok bool) {
	for _, s := range table {
		if s.Action == action {
			return s.Text, true
		}
	}
	return "", false
}

// Fill puts objects in the place of their kinds.
func (w GivenPaths) Fill(a Hint, r remedy.Remedy) Hint {
	var b strings.Builder
	text := string(a)
	for {
		before, rest, ok := strings.Cut(text, "$")
		if !ok {
			b.WriteString(text)
			return Hint(b.String())
		}
		end := strings.IndexFunc(rest+" ", func(r rune) bool { return r < 'a' || r > 'z' })
		word := "$"
		if end > 0 {
			word = w.object(remedy.Kind(rest[:end]), r)
		}
		if word == "" {
			before = strings.TrimSuffix(before, " ")
		}
		b.WriteString(before)
		b.WriteString(word)
		text = rest[end:]
	}
}

// object is what a remedy says of the objects of a kind. Where there is none, it is the
// word that help has for such an object.
func (w GivenPaths) object(kind remedy.Kind, r remedy.Remedy) string {
	names := r.Names(kind)
	switch kind {
	case "dir":
		kind, names = remedy.Vault, nonEmpty(w.Dir)
	case "here":
		return shell.QuotePaths(nonEmpty(w.Here))
	}
	if len(names) == 0 {
		return Placeholders()[kind]
	}
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = quotedObject(kind, name)
	}
	if runtime.GOOS == "windows" {
		return strings.Join(words, ",")
	}
	return strings.Join(words, " ")
}

// Placeholders stand for objects that nobody named.
func Placeholders() map[remedy.Kind]string {
	return map[remedy.Kind]string{
		remedy.Secret: "NAME", remedy.Slot: "LABEL", remedy.Path: "FILE", remedy.Target: "FILE", remedy.Folder: "FOLDER", remedy.Vault: "DIR",
		remedy.Process: "PID", remedy.User: "UID", remedy.Limit: "N", remedy.Most: "N", remedy.Size: "enough", remedy.Free: "too few",
		TheVariable: "NAME", TheProgram: "PROGRAM",
	}
}

func quotedObject(kind remedy.Kind, name string) string {
	switch kind {
	case remedy.Path, remedy.Target, remedy.Folder, remedy.Vault:
		return shell.QuotePath(name)
	case remedy.Size, remedy.Free: // said, never pasted
		return Printable(name)
	}
	return shell.Quote(name)
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
