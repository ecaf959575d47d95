package cmdline

import (
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
)

// Line is a command line taken apart. Flags may stand anywhere on it, before
// and after the command and between arguments; -- ends them.
//
// This is done before urfave/cli sees the line, because it takes every flag
// after the first argument for an argument, without a word.
type Line struct {
	Command    *Command
	Flags      []string // "--name=value", names spelled out
	Args       []string
	BeforeDash int // how many of args stood before --
}

// Has tells whether the boolean flag was given and is on.
func (l Line) Has(name string) bool {
	on := false
	for _, f := range l.Flags {
		if v, ok := strings.CutPrefix(f, "--"+name+"="); ok {
			on, _ = strconv.ParseBool(v)
		}
	}
	return on
}

// Value is what a flag was given last, "" where it was not given.
func (l Line) Value(name string) (value string) {
	for _, f := range l.Flags {
		if v, ok := strings.CutPrefix(f, "--"+name+"="); ok {
			value = v
		}
	}
	return value
}

// UrfaveArgs is the line in the one order that urfave/cli understands.
func (l Line) UrfaveArgs() []string {
	return append(append([]string{"tacit", l.Command.Name}, l.Flags...), "--")
}

// envFlag is how a line has an environment, however it was given.
const envFlag = "--env="

// Envs are the environments that the line names, in their order.
func (l Line) Envs() (names []string) {
	for _, f := range l.Flags {
		if name, ok := strings.CutPrefix(f, envFlag); ok {
			names = append(names, name)
		}
	}
	return names
}

// CheckEnvs refuses an environment that is named twice, and more of them than the
// command takes.
func (l Line) CheckEnvs() error {
	names := l.Envs()
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return failure.Usage("%s: the environment %s is named twice", l.Command.Verb(), failure.Printable(name)).Hinted("name each once; of several, the later ones win")
		}
	}
	most := max(1, l.Command.Envs)
	if l.Command.Envs >= 0 && len(names) > most {
		return failure.Usage("%s takes %s, and got %s", l.Command.Verb(), environments(most), Counted(len(names))).Hinted("an argument that begins with @ comes after --")
	}
	return nil
}

func environments(n int) string {
	if n == 1 {
		return "one environment"
	}
	return Counted(n) + " environments"
}

// FlagInfo is what the parser has to know of a flag.
type FlagInfo struct {
	Name  string // the first of its names
	Value bool   // takes a value
}

type FlagTable map[string]FlagInfo

func (t FlagTable) Add(flags []urfave.Flag) {
	for _, f := range flags {
		_, isBool := f.(*urfave.BoolFlag)
		names := Names(f)
		for _, n := range names {
			t[n] = FlagInfo{Name: names[0], Value: !isBool}
		}
	}
}

// ParseLine takes args apart. On an error the line holds what came before it.
func ParseLine(args []string, commands []*Command) (Line, error) {
	p := parser{commands: commands, global: FlagTable{}}
	p.global.Add(new(Globals).GlobalFlags())
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var err error
		switch {
		case arg == "--":
			p.BeforeDash = len(p.Args)
			p.dashed = true
			for _, a := range args {
				p.argument(a)
			}
			args = nil
		case strings.HasPrefix(arg, "--"):
			args, err = p.long(arg[2:], args)
		case len(arg) > 1 && arg[0] == '-':
			args, err = p.short(arg[1:], args)
		case strings.HasPrefix(arg, "@"): // which no name of a secret can
			p.Flags = append(p.Flags, envFlag+arg[1:])
		default:
			p.argument(arg)
		}
		if err != nil {
			// Whether errors are JSON is for the whole line to say.
			p.Flags = append(p.Flags, jsonAhead(args)...)
			return p.Line, err
		}
	}
	if !p.dashed {
		p.BeforeDash = len(p.Args)
	}
	return p.Line, p.checkEarly()
}

func jsonAhead(args []string) []string {
	for _, a := range args {
		switch a {
		case "--json":
			return []string{"--json=true"}
		case "--":
			return nil
		}
	}
	return nil
}

// parser is a line in the making.
type parser struct {
	Line
	commands []*Command
	global   FlagTable
	own      FlagTable // the command's flags, once it is known
	early    []string  // flags before the command that are not global
	dashed   bool
}

// argument takes the first argument for the command, where there is one of
// that name.
func (p *parser) argument(a string) {
	if p.Command == nil && len(p.Args) == 0 {
		if c := FindIn(p.commands, a); c != nil {
			typed := *c
			typed.typed = a
			p.Command = &typed
			p.own = FlagTable{}
			p.own.Add(c.Flags)
			p.BeforeDash = 0
			return
		}
	}
	p.Args = append(p.Args, a)
}

// lookup finds a flag: a global one, the command's or, before the command is
// known, that of any command. One name takes a value everywhere or nowhere.
func (p *parser) lookup(name string) (FlagInfo, bool) {
	if f, ok := p.global[name]; ok {
		return f, true
	}
	if p.Command != nil {
		f, ok := p.own[name]
		return f, ok
	}
	for _, c := range p.commands {
		t := FlagTable{}
		t.Add(c.Flags)
		if f, ok := t[name]; ok {
			p.early = append(p.early, name)
			return f, true
		}
	}
	return FlagInfo{}, false
}

// checkEarly refuses a flag before the command that is another command's.
func (p *parser) checkEarly() error {
	for _, name := range p.early {
		if p.Command == nil && len(p.Args) == 0 {
			return p.unknown(Dashes(name)) // of no command that was named
		}
		if p.Command == nil {
			continue
		}
		if _, ok := p.own[name]; !ok {
			return p.unknown(Dashes(name))
		}
	}
	return nil
}

func (p *parser) long(arg string, rest []string) ([]string, error) {
	name, value, hasValue := strings.Cut(arg, "=")
	f, ok := p.lookup(name)
	if !ok || len(name) < 2 {
		return rest, p.unknown("--" + name)
	}
	return p.flag(f, "--"+name, value, hasValue, rest)
}

// short takes -l, -lj where both are switches, and -oFILE or -o FILE.
func (p *parser) short(arg string, rest []string) ([]string, error) {
	for i, r := range arg {
		name := string(r)
		f, ok := p.lookup(name)
		if !ok {
			return rest, p.unknown(p.oneDash(arg, "-"+name))
		}
		if f.Value {
			value := arg[i+len(name):]
			value, _ = strings.CutPrefix(value, "=")
			return p.flag(f, "-"+name, value, value != "", rest)
		}
		p.Flags = append(p.Flags, "--"+f.Name+"=true")
	}
	return rest, nil
}

// oneDash is how a flag is named that was not found: -json as a whole, where there is
// a --json. Of anything else the letter alone: behind it may stand a secret.
func (p *parser) oneDash(arg, letter string) string {
	name, _, _ := strings.Cut(arg, "=")
	if _, ok := p.lookup(strings.ToLower(name)); ok && len(name) > 1 {
		return "-" + name
	}
	return letter
}

func (p *parser) flag(f FlagInfo, spelled, value string, hasValue bool, rest []string) ([]string, error) {
	switch {
	case !f.Value && !hasValue:
		value = "true"
	case !f.Value:
		if _, err := strconv.ParseBool(value); err != nil {
			return rest, failure.Usage("%s is a switch and takes no value", spelled)
		}
	case !hasValue:
		if len(rest) == 0 || rest[0] == "--" {
			return rest, failure.Usage("%s needs a value", spelled)
		}
		value, rest = rest[0], rest[1:]
	}
	p.Flags = append(p.Flags, "--"+f.Name+"="+value)
	return rest, nil
}

// unknown explains a flag that is none.
func (p *parser) unknown(spelled string) error {
	of, command, names := "tacit", "", make([]string, 0, len(p.global)+len(p.own))
	for n := range p.global {
		names = append(names, Dashes(n))
	}
	if p.Command != nil {
		command = p.Command.Name
		of = "tacit " + p.Command.Verb()
		for n := range p.own {
			names = append(names, Dashes(n))
		}
	}
	err := failure.Usage("%s has no flag %s", of, failure.Printable(spelled))
	near := nearestFlag(spelled, names)
	switch other := flagFor(command, spelled); {
	case near == "--help" || near == "-h" || spelled == "-?" || p.Has("help"):
		return err.Hinted("%s --help", of)
	case other != "":
		return err.Advised(other)
	case p.Command == nil && near == "":
		return err.Hinted("tacit --help")
	case near != "":
		return err.Hinted("did you mean %s? A name that begins with a dash comes after --", near)
	}
	return err.Hinted("%s --help; a name that begins with a dash comes after --", of)
}

// nearestFlag is the flag that was most likely meant; of a single letter only the
// case can have been a slip.
func nearestFlag(spelled string, names []string) string {
	word := strings.TrimLeft(spelled, "-")
	if len(word) == 1 {
		for _, n := range names {
			if strings.EqualFold(n, "-"+word) {
				return n
			}
		}
		return ""
	}
	long := make([]string, 0, len(names))
	for _, n := range names {
		if strings.HasPrefix(n, "--") {
			long = append(long, n[2:])
		}
	}
	if near := Nearest(word, long); near != "" {
		return "--" + near
	}
	return ""
}

func Dashes(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// UnknownCommand explains a word that is no command. What comes behind it tells
// more, and is not repeated.
func UnknownCommand(args []string, commands []*Command) error {
	err := failure.Usage("there is no command %s", failure.Printable(args[0]))
	if hint := CommandFor(args, commands); hint != "" {
		return err.Advised(hint)
	}
	if near := Nearest(args[0], CommandNames(commands)); near != "" {
		return err.Hinted("did you mean %s?", near)
	}
	return err.Hinted("tacit --help")
}

// CommandNames are what a user can call: no hidden command.
func CommandNames(commands []*Command) (names []string) {
	for _, c := range commands {
		if c.Group != GroupHidden {
			names = append(append(names, c.Name), c.Aliases...)
		}
	}
	return names
}
