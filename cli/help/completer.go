package help

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// What a completer says is a line for each word that would fit, with a tab and
// what it means behind it where there is more to say, and perhaps one of these:
// the shell completes such things better.
const (
	completeFiles    = ":files"
	completeDirs     = ":dirs"
	completePrograms = ":command" // programs
)

// A kindOfWord is what can stand in a place of a command line.
type kindOfWord int

const (
	anything kindOfWord = iota
	aName
	aLabel
	aFile
	aDir
	aKind // of value
	aShell
	aCommand
	aTopic // or a command
	aProgram
	aFirstWord  // of those that the command takes
	aSecondWord // of those that its subcommand takes
	aWhen       // a secret expires
	aSpan       // of time ahead
	aMark       // KEY=VALUE, to set
	aMarking    // KEY or KEY=VALUE, to look for
	anEnv       // of the project
	aGroup      // of the vault
	aMember     // of a group
	aRole       // in a group
)

// argumentKinds are what the arguments of commands are, in their order; the
// last one goes on.
func argumentKinds() map[string][]kindOfWord {
	return map[string][]kindOfWord{
		"get": {aName, anything}, "set": {aName, anything}, "update": {aName, anything}, "rm": {aName},
		"edit": {aName, anything}, "copy": {aName, anything},
		"aws-credential": {aName, anything}, "kube-credential": {aName, anything},
		"mv": {aName, aName, anything}, "cp": {aName, aName, anything}, "generate": {aName, anything},
		"history": {aName, anything}, "diff": {aName, anything}, "rollback": {aName, anything}, "ls": {aName, anything}, "find": {aName, anything}, "expiring": {aSpan, anything}, "otp": {aName, anything},
		"init": {aDir, anything}, "import": {aFirstWord, aFile, anything}, "export": {aFirstWord, anything},
		"backup": {aFile, anything}, "restore": {aFile}, "rescue": {aDir, anything},
		"key": {aFirstWord, anything}, "agent": {aFirstWord, anything},
		"group": {aFirstWord, aGroup, anything}, "sync": {aGroup}, "conflicts": {aName}, "resolve": {aName, anything},
		"help": {aTopic, anything}, "man": {aCommand, anything}, "completion": {aShell, anything}, "run": {aProgram, aFile},
		"liveperson": {aProgram, aFile},
	}
}

// afterSub is what follows a subcommand.
func afterSub() map[string]kindOfWord {
	return map[string]kindOfWord{
		"key remove": aLabel, "key passwd": aLabel,
		"group create": anything, "group list": anything, "group unpack": aFile,
	}
}

// afterGroup is what follows the group that a subcommand names.
func afterGroup() map[string]kindOfWord {
	return map[string]kindOfWord{
		"group remove": aMember, "group add": aName, "group pack": aFile,
	}
}

// flagKinds are what flags take, where more than their usage tells.
func flagKinds() map[string]kindOfWord {
	return map[string]kindOfWord{
		"vault": aDir, "forget": aDir, "state": aDir, "to": aDir, "to-age": aDir, "dir": aDir,
		"identity": aFile, "passphrase-file": aFile, "current-passphrase-file": aFile, "file": aFile, "env-file": aFile, "settings": aFile,
		"input": aFile, "output": aFile, "onto": aFile, "since": aFile, "allow-exec": aFile,
		"env": anEnv, "from": aDir,
		"code-file": aFile, "at": anything, "role": aRole,
		"replaces": aMember,
		"only":     aName, "exclude": aName, "as": aKind, "drop": aLabel, "expires": aWhen,
	}
}

// words that are the same in every vault.
func fixedWords() map[kindOfWord][]string {
	return map[kindOfWord][]string{
		aKind:  {"text", "json", "bytes"},
		aShell: {"bash", "fish", "powershell", "zsh"},
		aWhen:  {"30d", "90d", "1y", "from-value", "never"},
		aSpan:  {"24h", "7d", "30d", "90d"},
		aRole:  {"heir", "reader", "writer"},
	}
}

// A completer knows a command line up to the word that is to be completed.
type completer struct {
	s        *frame.Session
	commands []*cmdline.Command
	line     cmdline.Line
	word     string
	before   string // what stands before candidates in the word: "--as="
	flag     string // the flag whose value the word is, "" if none
	dashed   bool   // a -- stands before the word
	at       bool   // the shell takes the @ before the word for another word
}

// newCompleter takes the line apart. split says that the shell has made words
// of "=", too.
func newCompleter(s *frame.Session, words []string, split bool) *completer {
	c := &completer{s: s, commands: s.CommandTable()}
	if split {
		words, c.at = joinAt(joinEquals(words))
	}
	earlier := words[:len(words)-1]
	c.word = words[len(words)-1]
	c.dashed = slices.Contains(earlier, "--")
	if flag, value, ok := strings.Cut(c.word, "="); ok && strings.HasPrefix(flag, "--") && !c.dashed {
		c.flag, c.word = flag[2:], value
		if !split {
			c.before = flag + "="
		}
	} else if n := len(earlier); n > 0 && !c.dashed && strings.HasPrefix(earlier[n-1], "-") && !strings.Contains(earlier[n-1], "=") {
		if l, _ := cmdline.ParseLine(earlier[:n-1], c.commands); takesValue(l.Command, earlier[n-1]) {
			c.flag, earlier = strings.TrimLeft(earlier[n-1], "-"), earlier[:n-1]
		}
	}
	c.line, _ = cmdline.ParseLine(earlier, c.commands) // what it has understood is enough
	c.quiet()
	return c
}

// joinEquals undoes what bash does to --flag=value.
func joinEquals(words []string) (joined []string) {
	for i := 0; i < len(words); i++ {
		n := len(joined)
		if words[i] == "=" && n > 0 && strings.HasPrefix(joined[n-1], "--") && len(joined[n-1]) > 2 {
			joined[n-1] += "="
			if i+1 < len(words) {
				i++
				joined[n-1] += words[i]
			}
			continue
		}
		joined = append(joined, words[i])
	}
	return joined
}

// takesValue tells whether a flag wants one.
func takesValue(c *cmdline.Command, spelled string) bool {
	t := cmdline.FlagTable{}
	t.Add(new(cmdline.Globals).GlobalFlags())
	if c != nil {
		t.Add(c.Flags)
	}
	f, ok := t[strings.TrimLeft(spelled, "-")]
	return ok && f.Value
}

// quiet makes the session one that asks nothing, says nothing, and opens the
// vault that the line means.
func (c *completer) quiet() {
	app := *c.s.App
	app.Err = io.Discard
	c.s.App = &app
	c.s.NoInput, c.s.Wait = true, frame.Patience
	for _, f := range c.line.Flags {
		if dir, ok := strings.CutPrefix(f, "--vault="); ok {
			c.s.Vault = dir
		}
		if dir, ok := strings.CutPrefix(f, "--state="); ok {
			c.s.State = dir
		}
	}
	c.s.Envs = *urfave.NewStringSlice(c.line.Envs()...)
}

// print says what would fit.
func (c *completer) print(ctx context.Context) {
	switch {
	case c.flag != "":
		c.printKind(ctx, c.flagKind())
	case strings.HasPrefix(c.word, "-") && !c.dashed:
		c.printFlags()
	case strings.HasPrefix(c.word, "@") && !c.dashed:
		c.printEnvs("@")
	case c.line.Command == nil && len(c.line.Args) > 0: // no command of ours
	case c.line.Command == nil:
		c.printKind(ctx, aCommand)
	default:
		c.printKind(ctx, c.argument())
	}
}

// longName is the first name of a flag, by which flagKinds knows it.
func (c *completer) longName(name string) string {
	t := cmdline.FlagTable{}
	t.Add(new(cmdline.Globals).GlobalFlags())
	if c.line.Command != nil {
		t.Add(c.line.Command.Flags)
	}
	return t[name].Name
}

// argument is what the word is among the command's arguments.
func (c *completer) argument() kindOfWord {
	name, args := c.line.Command.Name, c.line.Args
	if (name == "run" || name == "liveperson") && !c.dashed {
		return anything
	}
	if len(args) == 2 {
		if kind, ok := afterGroup()[name+" "+args[0]]; ok {
			return kind
		}
	}
	if len(args) == 1 {
		if kind, ok := afterSub()[name+" "+args[0]]; ok {
			return kind
		}
		if len(c.line.Command.WordsAfter(args[0])) > 0 {
			return aSecondWord
		}
	}
	kinds := argumentKinds()[name]
	if len(kinds) == 0 {
		return anything
	}
	return kinds[min(len(args), len(kinds)-1)]
}

func (c *completer) printKind(ctx context.Context, kind kindOfWord) {
	switch kind {
	case aFile:
		fmt.Fprintln(c.s.Results, completeFiles)
	case aDir:
		fmt.Fprintln(c.s.Results, completeDirs)
	case aProgram:
		fmt.Fprintln(c.s.Results, completePrograms)
	case aName:
		c.printNames(ctx)
	case anEnv:
		c.printEnvs("")
	case aLabel:
		c.printLabels(ctx)
	case aGroup:
		c.printGroupWords(ctx, "")
	case aMember:
		c.printMembers(ctx)
	case aMark, aMarking:
		c.printMarks(ctx, kind == aMarking)
	case aCommand:
		c.printCommands()
	case aTopic:
		c.printCommands()
		c.offer(TopicsWord, "")
		for _, t := range AllTopics() {
			c.offer(t.Name, t.Short)
		}
	case aFirstWord:
		for _, word := range slices.Sorted(slices.Values(c.line.Command.FirstWords())) {
			c.offer(word, "")
		}
	case aSecondWord:
		for _, word := range c.line.Command.WordsAfter(c.line.Args[0]) {
			c.offer(word, "")
		}
	default:
		for _, word := range fixedWords()[kind] {
			c.offer(word, "")
		}
	}
}

func (c *completer) printCommands() {
	for _, command := range c.commands {
		if command.Group != cmdline.GroupHidden {
			c.offer(command.Name, command.Short)
		}
	}
}

// offer says a word, where it goes on from what was typed.
func (c *completer) offer(word, about string) {
	if !strings.HasPrefix(word, c.word) {
		return
	}
	if about != "" {
		about = "\t" + about
	}
	fmt.Fprintf(c.s.Results, "%s%s%s\n", c.before, word, about)
}

func (c *completer) printFlags() {
	flags := new(cmdline.Globals).GlobalFlags()
	if c.line.Command != nil {
		flags = append(slices.Clone(c.line.Command.Flags), flags...)
	}
	for _, f := range flags {
		doc, ok := f.(urfave.DocGenerationFlag)
		if !ok {
			continue
		}
		_, about := splitUsage(doc.GetUsage())
		c.offer(cmdline.Dashes(cmdline.Name(f)), about)
	}
}

// printNames needs no key. Of several environments it says the names of each.
func (c *completer) printNames(ctx context.Context) {
	envs := c.line.Envs()
	if len(envs) < 2 {
		c.printNamesOf(ctx, c.s)
		return
	}
	for _, env := range envs {
		c.printNamesOf(ctx, frame.Within(c.s, env))
	}
}

func (c *completer) printNamesOf(ctx context.Context, s *frame.Session) {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return
	}
	defer v.Close()
	infos, err := v.List(ctx, vault.ListOptions{Prefix: c.word, Hint: true})
	if err != nil {
		return // an incomplete list is no help
	}
	for _, in := range infos {
		fmt.Fprintf(c.s.Results, "%s%s\n", c.before, in.Name)
	}
}

func (c *completer) printLabels(ctx context.Context) {
	v, err := c.s.Open(ctx, frame.ToList)
	if err != nil {
		return
	}
	defer v.Close()
	for _, slot := range v.Status().Slots {
		c.offer(slot.Label, slot.Kind)
	}
}
